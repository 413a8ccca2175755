package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"wasl/internal/kernel/fault"
)

// Bounds of the hashing parameters. They also bound what a stored hash may ask
// for, so that a corrupted row cannot take all the memory of the server.
const (
	// HashMemoryKiBMin is the least memory of one hash, in KiB.
	HashMemoryKiBMin = 64
	// HashMemoryKiBMax is the most memory of one hash, in KiB (256 MiB).
	HashMemoryKiBMax = 256 * 1024
	// HashTimeMax is the largest number of passes.
	HashTimeMax = 16
	// HashThreadsMax is the largest number of lanes.
	HashThreadsMax = 16
	// HashSaltBytes is the length of a new salt.
	HashSaltBytes = 16
	// HashKeyBytes is the length of a derived key.
	HashKeyBytes = 32
	// HashConcurrentMax bounds how many hashes may run at the same time.
	HashConcurrentMax = 256
)

// hashFieldBytesMax bounds the decoded salt and key of a stored hash.
const hashFieldBytesMax = 64

// hashFieldBytesMin is the shortest salt or key accepted from a stored hash.
const hashFieldBytesMin = 8

// Params are the costs of one argon2id hash.
type Params struct {
	// MemoryKiB is the memory, in KiB.
	MemoryKiB uint32
	// Time is the number of passes over the memory.
	Time uint32
	// Threads is the number of lanes.
	Threads uint8
}

// DefaultParams is what production uses: the first choice of the OWASP
// password storage cheat sheet (19 MiB, two passes, one lane).
func DefaultParams() Params { return Params{MemoryKiB: 19456, Time: 2, Threads: 1} }

// TestParams is the cheapest accepted cost, for the tests of other packages.
// It protects nothing.
func TestParams() Params { return Params{MemoryKiB: HashMemoryKiBMin, Time: 1, Threads: 1} }

// validate refuses parameters outside the bounds.
func (p Params) validate() error {
	switch {
	case p.Threads < 1 || p.Threads > HashThreadsMax,
		p.Time < 1 || p.Time > HashTimeMax,
		p.MemoryKiB < HashMemoryKiBMin || p.MemoryKiB > HashMemoryKiBMax,
		p.MemoryKiB < 8*uint32(p.Threads):
		return fault.New(fault.Internal, CodeParams, "memory", p.MemoryKiB, "time", p.Time, "threads", p.Threads)
	}
	return nil
}

// weakerThan says whether a hash made with p should be made again with want.
func (p Params) weakerThan(want Params) bool {
	return p.MemoryKiB < want.MemoryKiB || p.Time < want.Time || p.Threads != want.Threads
}

// Verdict is the answer of a verification.
type Verdict struct {
	// OK: the password is the right one.
	OK bool
	// Rehash: OK, and the stored hash is weaker than today's parameters; the
	// caller stores a new one while it holds the password.
	Rehash bool
}

// Hasher hashes and verifies passwords, a bounded number at a time because each
// one costs Params.MemoryKiB of memory. It is safe for concurrent use.
type Hasher struct {
	params Params
	random io.Reader
	slots  chan struct{}
	decoy  storedHash
}

// NewHasher makes a hasher that runs at most concurrent hashes at a time and
// takes its salts from random (crypto/rand.Reader outside tests; it must be
// safe for concurrent use). Errors: CodeParams, CodeRandom.
func NewHasher(params Params, concurrent int, random io.Reader) (*Hasher, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	if concurrent < 1 || concurrent > HashConcurrentMax {
		return nil, fault.New(fault.Internal, CodeParams, "concurrent", concurrent)
	}
	salt, err := readRandom(random, HashSaltBytes)
	if err != nil {
		return nil, err
	}
	key, err := readRandom(random, HashKeyBytes)
	if err != nil {
		return nil, err
	}
	return &Hasher{
		params: params,
		random: random,
		slots:  make(chan struct{}, concurrent),
		decoy:  storedHash{params: params, salt: salt, key: key},
	}, nil
}

// Hash derives the text to store for a password, in the PHC form
// $argon2id$v=19$m=…,t=…,p=…$salt$key. The password is normalised (NFC), so
// that the same characters typed on two keyboards give the same key. The policy
// is not checked here, except the length in bytes, which bounds the work.
// Errors: CodePasswordTooLong, CodeBusy, CodeRandom.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if len(password) > PasswordBytesMax {
		return "", fault.New(fault.Invalid, CodePasswordTooLong, "max", PasswordCharsMax)
	}
	salt, err := readRandom(h.random, HashSaltBytes)
	if err != nil {
		return "", err
	}
	stored := storedHash{params: h.params, salt: salt}
	key, err := h.derive(ctx, password, stored, HashKeyBytes)
	if err != nil {
		return "", err
	}
	stored.key = key
	return stored.String(), nil
}

// Verify compares a password with a stored hash in constant time. A wrong
// password is a verdict, not an error. Errors: CodeBusy when no slot became
// free in time, CodeHashUnreadable for a hash that is damaged or foreign.
func (h *Hasher) Verify(ctx context.Context, password, encoded string) (Verdict, error) {
	stored, err := parseHash(encoded)
	if err != nil {
		return Verdict{}, fault.Wrap(err, fault.Internal, CodeHashUnreadable)
	}
	ok, err := h.matches(ctx, password, stored)
	if err != nil || !ok {
		return Verdict{}, err
	}
	return Verdict{OK: true, Rehash: stored.params.weakerThan(h.params)}, nil
}

// VerifyUnknown does the work of Verify for a login that does not exist, or
// has no password, so that the time of the answer does not tell which accounts
// exist. There is no verdict: it can only fail. Error: CodeBusy.
func (h *Hasher) VerifyUnknown(ctx context.Context, password string) error {
	_, err := h.matches(ctx, password, h.decoy)
	return err
}

// matches compares in constant time. A password longer than any that can have
// been stored is wrong, after the same work on its beginning.
func (h *Hasher) matches(ctx context.Context, password string, stored storedHash) (bool, error) {
	tooLong := len(password) > PasswordBytesMax
	key, err := h.derive(ctx, password[:min(len(password), PasswordBytesMax)], stored, len(stored.key))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, stored.key) == 1 && !tooLong, nil
}

// derive waits for a slot and computes the key.
func (h *Hasher) derive(ctx context.Context, password string, stored storedHash, size int) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, CodeBusy)
	}
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.Wrap(ctx.Err(), fault.Unavailable, CodeBusy)
	}
	defer func() { <-h.slots }()
	text := norm.NFC.Bytes([]byte(password))
	p := stored.params
	return argon2.IDKey(text, stored.salt, p.Time, p.MemoryKiB, p.Threads, uint32(size)), nil
}

// storedHash is a decoded PHC text.
type storedHash struct {
	params Params
	salt   []byte
	key    []byte
}

// String is the PHC form.
func (s storedHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		s.params.MemoryKiB, s.params.Time, s.params.Threads, b64.EncodeToString(s.salt), b64.EncodeToString(s.key))
}

// Reasons why a stored hash is refused; they reach logs only, and never hold a
// part of the hash.
var (
	errHashForm    = errors.New("not an argon2id hash in PHC form")
	errHashVersion = errors.New("argon2 version is not 19")
	errHashCosts   = errors.New("costs are not m=…,t=…,p=…")
	errHashField   = errors.New("salt or key is not base64 of an accepted length")
)

// parseHash reads the PHC form strictly.
func parseHash(encoded string) (storedHash, error) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return storedHash{}, errHashForm
	}
	if parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return storedHash{}, errHashVersion
	}
	params, err := parseCosts(parts[3])
	if err != nil {
		return storedHash{}, err
	}
	salt, err := parseHashField(parts[4])
	if err != nil {
		return storedHash{}, err
	}
	key, err := parseHashField(parts[5])
	if err != nil {
		return storedHash{}, err
	}
	return storedHash{params: params, salt: salt, key: key}, nil
}

// parseCosts reads m=…,t=…,p=… in that order, inside the bounds.
func parseCosts(text string) (Params, error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return Params{}, errHashCosts
	}
	var numbers [3]uint64
	for i, prefix := range [3]string{"m=", "t=", "p="} {
		digits, found := strings.CutPrefix(fields[i], prefix)
		number, err := strconv.ParseUint(digits, 10, 32)
		if !found || err != nil || strconv.FormatUint(number, 10) != digits {
			return Params{}, errHashCosts
		}
		numbers[i] = number
	}
	if numbers[2] > HashThreadsMax {
		return Params{}, errHashCosts
	}
	params := Params{MemoryKiB: uint32(numbers[0]), Time: uint32(numbers[1]), Threads: uint8(numbers[2])}
	return params, params.validate()
}

// parseHashField reads one base64 field; the decoder would skip line breaks.
func parseHashField(text string) ([]byte, error) {
	raw, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || len(raw) < hashFieldBytesMin || len(raw) > hashFieldBytesMax {
		return nil, errHashField
	}
	return raw, nil
}
