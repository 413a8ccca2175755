package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"strings"

	"wasl/internal/kernel/fault"
)

// TokenBytes is the entropy of a token, in bytes.
const TokenBytes = 32

// tokenShown is how many characters of the secret are shown to tell two tokens
// of a list apart; 232 bits and more stay secret.
const tokenShown = 4

// TokenKind is the prefix of a token: it tells a reader, or a scanner of leaked
// secrets, what was found, and keeps a token of one kind from serving as
// another.
type TokenKind string

// The kinds of token.
const (
	// SessionToken is the value of the session cookie.
	SessionToken TokenKind = "wasl_s_"
	// APIToken authenticates a program or a command line.
	APIToken TokenKind = "wasl_t_"
	// LinkToken opens a one-time link: first administrator, invitation, reset.
	LinkToken TokenKind = "wasl_i_"
)

// Token is a secret: its String, log and JSON forms are redacted, so that it
// reaches nobody by accident. Only its Hash is stored.
type Token struct{ text string }

// Digest is the SHA-256 of a token, prefix included, in 64 lower-case
// hexadecimal digits: what is stored and looked up. A token has 256 random bits,
// so that a plain hash cannot be reversed by guessing.
type Digest string

// NewToken makes a token of a kind from the source of randomness
// (crypto/rand.Reader outside tests). Error: CodeRandom.
func NewToken(kind TokenKind, random io.Reader) (Token, error) {
	secret, err := readRandom(random, TokenBytes)
	if err != nil {
		return Token{}, err
	}
	return Token{text: string(kind) + base64url().EncodeToString(secret)}, nil
}

// ParseToken reads a token that was presented; it must be of the kind
// expected. Error: CodeTokenInvalid (unauthenticated), which never repeats what
// was presented.
func ParseToken(kind TokenKind, text string) (Token, error) {
	encoded, found := strings.CutPrefix(text, string(kind))
	if !found || len(encoded) != base64url().EncodedLen(TokenBytes) {
		return Token{}, fault.New(fault.Unauthenticated, CodeTokenInvalid)
	}
	if _, err := base64url().DecodeString(encoded); err != nil || strings.ContainsAny(encoded, "\r\n") {
		return Token{}, fault.New(fault.Unauthenticated, CodeTokenInvalid)
	}
	return Token{text: text}, nil
}

// Hash is the digest of a token.
func Hash(token Token) Digest {
	sum := sha256.Sum256([]byte(token.text))
	return Digest(hex.EncodeToString(sum[:]))
}

// Hash is the digest to store.
func (t Token) Hash() Digest { return Hash(t) }

// Reveal is the secret itself, for the one answer that hands it over.
func (t Token) Reveal() string { return t.text }

// IsZero says whether there is no token.
func (t Token) IsZero() bool { return t.text == "" }

// Redacted is the prefix and the first characters, to tell tokens apart in a
// list or a log.
func (t Token) Redacted() string { return Redacted(t.text) }

// String is Redacted.
func (t Token) String() string { return t.Redacted() }

// GoString is Redacted: %#v reveals nothing.
func (t Token) GoString() string { return t.Redacted() }

// LogValue is Redacted.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.Redacted()) }

// MarshalText is Redacted: a token inside a JSON answer or an audit row reveals
// nothing.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.Redacted()), nil }

// Redacted shortens any text that may be a token for showing. A text that is
// not a token is hidden whole.
func Redacted(text string) string {
	for _, kind := range [...]TokenKind{SessionToken, APIToken, LinkToken} {
		if token, err := ParseToken(kind, text); err == nil {
			return token.text[:len(kind)+tokenShown] + "…"
		}
	}
	return "…"
}
