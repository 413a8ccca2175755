package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

func newTestHasher(t *testing.T, params Params, concurrent int) *Hasher {
	t.Helper()
	h, err := NewHasher(params, concurrent, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The vectors are those of the reference implementation of Argon2 (its
// test.c, version 19, argon2id).
func TestVerifyReferenceVectors(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, TestParams(), 1)
	for name, encoded := range map[string]string{
		"64 MiB":  "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"256 KiB": "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
	} {
		verdict, err := h.Verify(t.Context(), "password", encoded)
		if err != nil || !verdict.OK {
			t.Errorf("%s: Verify = %+v, %v; want OK", name, verdict, err)
		}
		verdict, err = h.Verify(t.Context(), "Password", encoded)
		if err != nil || verdict.OK {
			t.Errorf("%s: wrong password: %+v, %v", name, verdict, err)
		}
	}
}

func TestHashRoundTrip(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, TestParams(), 2)
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringN(0, 40, -1).Draw(t, "password")
		other := rapid.StringN(0, 40, -1).Draw(t, "other")
		encoded, err := h.Hash(context.Background(), password)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(encoded, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Fatalf("form %q", encoded)
		}
		if v, err := h.Verify(context.Background(), password, encoded); err != nil || !v.OK || v.Rehash {
			t.Fatalf("own password: %+v, %v", v, err)
		}
		if v, err := h.Verify(context.Background(), other+"#", encoded); err != nil || v.OK && other+"#" != password {
			t.Fatalf("other password %q for %q: %+v, %v", other, password, v, err)
		}
	})
}

func TestHashIsSalted(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, TestParams(), 1)
	first, err1 := h.Hash(t.Context(), "le même mot de passe")
	second, err2 := h.Hash(t.Context(), "le même mot de passe")
	if err1 != nil || err2 != nil || first == second {
		t.Errorf("two hashes: %q %q %v %v; want two different ones", first, second, err1, err2)
	}
}

// é is one character or e plus an accent, depending on the keyboard.
func TestHashNormalises(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, TestParams(), 1)
	encoded, err := h.Hash(t.Context(), "l'\u00e9t\u00e9 indien")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := h.Verify(t.Context(), "l'e\u0301te\u0301 indien", encoded); err != nil || !v.OK {
		t.Errorf("decomposed form: %+v, %v", v, err)
	}
}

func TestRehash(t *testing.T) {
	t.Parallel()
	today := Params{MemoryKiB: 128, Time: 2, Threads: 1}
	h := newTestHasher(t, today, 1)
	for _, c := range []struct {
		stored Params
		want   bool
	}{
		{today, false},
		{Params{MemoryKiB: 64, Time: 2, Threads: 1}, true},
		{Params{MemoryKiB: 128, Time: 1, Threads: 1}, true},
		{Params{MemoryKiB: 128, Time: 2, Threads: 2}, true},
		{Params{MemoryKiB: 256, Time: 3, Threads: 1}, false},
	} {
		encoded, err := newTestHasher(t, c.stored, 1).Hash(t.Context(), "secret")
		if err != nil {
			t.Fatal(err)
		}
		if v, err := h.Verify(t.Context(), "secret", encoded); err != nil || !v.OK || v.Rehash != c.want {
			t.Errorf("stored %+v: %+v, %v; want rehash %v", c.stored, v, err, c.want)
		}
		if v, err := h.Verify(t.Context(), "wrong", encoded); err != nil || v.OK || v.Rehash {
			t.Errorf("stored %+v, wrong password: %+v, %v", c.stored, v, err)
		}
	}
}

func TestVerifyRefusesDamagedHashes(t *testing.T) {
	t.Parallel()
	const good = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	h := newTestHasher(t, TestParams(), 1)
	for name, encoded := range map[string]string{
		"empty":            "",
		"plain":            "secret",
		"other function":   strings.Replace(good, "argon2id", "argon2i", 1),
		"other version":    strings.Replace(good, "v=19", "v=16", 1),
		"no costs":         strings.Replace(good, "m=256,t=2,p=1", "", 1),
		"order of costs":   strings.Replace(good, "m=256,t=2,p=1", "t=2,m=256,p=1", 1),
		"leading zero":     strings.Replace(good, "t=2", "t=02", 1),
		"sign":             strings.Replace(good, "t=2", "t=+2", 1),
		"no pass":          strings.Replace(good, "t=2", "t=0", 1),
		"endless":          strings.Replace(good, "t=2", "t=4294967295", 1),
		"4 TiB":            strings.Replace(good, "m=256", "m=4294967295", 1),
		"257 lanes":        strings.Replace(good, "p=1", "p=257", 1),
		"lanes > memory":   strings.Replace(good, "m=256,t=2,p=1", "m=64,t=2,p=16", 1),
		"padding":          strings.Replace(good, "c29tZXNhbHQ", "c29tZXNhbHQ=", 1),
		"short salt":       strings.Replace(good, "c29tZXNhbHQ", "c29t", 1),
		"line break":       strings.Replace(good, "$nf65", "$nf\n65", 1),
		"no key":           good[:strings.LastIndex(good, "$")+1],
		"one field more":   good + "$",
		"loose bits":       good[:len(good)-1] + "5",
		"something before": "x" + good,
	} {
		verdict, err := h.Verify(t.Context(), "password", encoded)
		if fault.CodeOf(err) != CodeHashUnreadable || verdict.OK {
			t.Errorf("%s: %+v, %v; want %s", name, verdict, err, CodeHashUnreadable)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, text string) {
		stored, err := parseHash(text)
		if err != nil {
			return
		}
		if stored.String() != text {
			t.Errorf("%q is read as %q", text, stored.String())
		}
		if stored.params.MemoryKiB > HashMemoryKiBMax || stored.params.Time > HashTimeMax {
			t.Errorf("%q passes the bounds", text)
		}
	})
}

func TestLongPasswords(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, TestParams(), 1)
	longest := strings.Repeat("x", PasswordBytesMax)
	encoded, err := h.Hash(t.Context(), longest)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := h.Verify(t.Context(), longest, encoded); err != nil || !v.OK {
		t.Errorf("longest: %+v, %v", v, err)
	}
	if v, err := h.Verify(t.Context(), longest+"x", encoded); err != nil || v.OK {
		t.Errorf("a longer one that begins alike: %+v, %v; want refused", v, err)
	}
	if _, err := h.Hash(t.Context(), longest+"x"); fault.CodeOf(err) != CodePasswordTooLong {
		t.Errorf("Hash of a longer one: %v", err)
	}
}

func TestVerifyUnknown(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, TestParams(), 1)
	if err := h.VerifyUnknown(t.Context(), "anything"); err != nil {
		t.Error(err)
	}
	if h.decoy.params != h.params || len(h.decoy.salt) != HashSaltBytes || len(h.decoy.key) != HashKeyBytes {
		t.Errorf("the decoy %+v does not cost what a real hash costs", h.decoy.params)
	}
}

func TestNewHasherRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		params     Params
		concurrent int
	}{
		{Params{}, 1},
		{Params{MemoryKiB: HashMemoryKiBMax + 1, Time: 1, Threads: 1}, 1},
		{Params{MemoryKiB: 64, Time: HashTimeMax + 1, Threads: 1}, 1},
		{Params{MemoryKiB: 64, Time: 1, Threads: HashThreadsMax + 1}, 1},
		{Params{MemoryKiB: 64, Time: 1, Threads: 9}, 1},
		{TestParams(), 0},
		{TestParams(), HashConcurrentMax + 1},
	} {
		if _, err := NewHasher(c.params, c.concurrent, rand.Reader); fault.CodeOf(err) != CodeParams {
			t.Errorf("NewHasher(%+v, %d) = %v; want %s", c.params, c.concurrent, err, CodeParams)
		}
	}
	if err := DefaultParams().validate(); err != nil {
		t.Errorf("the default is refused: %v", err)
	}
}

func TestHasherWithoutRandomness(t *testing.T) {
	t.Parallel()
	broken := iotest.ErrReader(errors.New("no entropy"))
	for size := range HashSaltBytes + HashKeyBytes {
		source := io.MultiReader(bytes.NewReader(make([]byte, size)), broken)
		if _, err := NewHasher(TestParams(), 1, source); fault.CodeOf(err) != CodeRandom {
			t.Fatalf("%d bytes, then an error: %v", size, err)
		}
	}
	source := io.MultiReader(bytes.NewReader(make([]byte, HashSaltBytes+HashKeyBytes)), broken)
	h, err := NewHasher(TestParams(), 1, source)
	if err != nil {
		t.Fatal(err)
	}
	if encoded, err := h.Hash(t.Context(), "secret"); fault.CodeOf(err) != CodeRandom || encoded != "" {
		t.Errorf("Hash = %q, %v; want %s", encoded, err, CodeRandom)
	}
}

// All slots are taken: a waiting request gives up at its deadline and leaves
// nothing behind, and goes on when a slot becomes free.
func TestHasherWaitsForASlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newTestHasher(t, TestParams(), 1)
		h.slots <- struct{}{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := h.Hash(ctx, "secret"); fault.CodeOf(err) != CodeBusy || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("no slot: %v; want %s", err, CodeBusy)
		}
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if err := h.VerifyUnknown(t.Context(), "secret"); err != nil {
				t.Errorf("a slot became free: %v", err)
			}
		})
		synctest.Wait()
		<-h.slots
		waiting.Wait()
		if len(h.slots) != 0 {
			t.Errorf("%d slots are kept", len(h.slots))
		}
	})
}

func TestHasherRefusesACancelledRequest(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, TestParams(), 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.VerifyUnknown(ctx, "secret"); fault.CodeOf(err) != CodeBusy {
		t.Errorf("cancelled: %v; want %s", err, CodeBusy)
	}
}

func TestHasherConcurrent(t *testing.T) {
	t.Parallel()
	h := newTestHasher(t, TestParams(), 3)
	encoded, err := h.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			password, want := "secret", true
			if i%2 == 1 {
				password, want = "other", false
			}
			if v, err := h.Verify(t.Context(), password, encoded); err != nil || v.OK != want {
				t.Errorf("Verify(%q) = %+v, %v", password, v, err)
			}
		})
	}
	group.Wait()
}

func BenchmarkHashDefault(b *testing.B) {
	h, err := NewHasher(DefaultParams(), 1, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "une phrase assez longue"); err != nil {
			b.Fatal(err)
		}
	}
}
