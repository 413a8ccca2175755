package auth

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

// zeroToken is the session token of 32 zero bytes: 43 times the letter A.
// Its digest was computed with sha256sum.
const (
	zeroToken  = "wasl_s_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	zeroDigest = "9c88edce2feb8ed52bd96781aaf8e2543b108a4cb922bf3a1c09949f58163ee4"
)

func TestNewTokenKnown(t *testing.T) {
	t.Parallel()
	token, err := NewToken(SessionToken, bytes.NewReader(make([]byte, TokenBytes)))
	if err != nil {
		t.Fatal(err)
	}
	if token.Reveal() != zeroToken {
		t.Errorf("token %q; want %q", token.Reveal(), zeroToken)
	}
	if token.Hash() != zeroDigest || Hash(token) != zeroDigest {
		t.Errorf("digest %q; want %q", token.Hash(), zeroDigest)
	}
}

func TestNewTokenNeedsAllItsRandomness(t *testing.T) {
	t.Parallel()
	for size := range TokenBytes {
		token, err := NewToken(APIToken, bytes.NewReader(make([]byte, size)))
		if fault.CodeOf(err) != CodeRandom || !token.IsZero() {
			t.Errorf("%d bytes: %v, %v; want %s", size, token, err, CodeRandom)
		}
	}
}

func TestTokensDiffer(t *testing.T) {
	t.Parallel()
	seen := map[Digest]bool{}
	for range 1000 {
		token, err := NewToken(LinkToken, rand.Reader)
		if err != nil || seen[token.Hash()] {
			t.Fatalf("token twice, or %v", err)
		}
		seen[token.Hash()] = true
	}
}

func TestParseTokenRoundTrip(t *testing.T) {
	t.Parallel()
	kinds := []TokenKind{SessionToken, APIToken, LinkToken}
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), TokenBytes, TokenBytes).Draw(t, "secret")
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		token, err := NewToken(kind, bytes.NewReader(secret))
		if err != nil {
			t.Fatal(err)
		}
		for _, as := range kinds {
			back, err := ParseToken(as, token.Reveal())
			if as == kind && (err != nil || back != token) {
				t.Fatalf("read back: %v", err)
			}
			if as != kind && (fault.KindOf(err) != fault.Unauthenticated || !back.IsZero()) {
				t.Fatalf("%s read as %s: %v", kind, as, err)
			}
		}
	})
}

func TestParseTokenRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":          "",
		"prefix only":    "wasl_s_",
		"one short":      zeroToken[:len(zeroToken)-1],
		"one long":       zeroToken + "A",
		"padding":        zeroToken[:len(zeroToken)-1] + "=",
		"loose bits":     zeroToken[:len(zeroToken)-1] + "B",
		"other alphabet": zeroToken[:len(zeroToken)-2] + "+A",
		"line break":     zeroToken[:len(zeroToken)-1] + "\n",
		"inner break":    "wasl_s_\n" + zeroToken[len("wasl_s_")+1:],
		"upper prefix":   "WASL_S_" + zeroToken[len("wasl_s_"):],
		"space":          " " + zeroToken,
		"megabyte":       "wasl_s_" + strings.Repeat("A", 1<<20),
	} {
		token, err := ParseToken(SessionToken, text)
		if fault.CodeOf(err) != CodeTokenInvalid || !token.IsZero() {
			t.Errorf("%s: %v, %v; want %s", name, token, err, CodeTokenInvalid)
		}
		if err != nil && len(err.Error()) > 100 {
			t.Errorf("%s: the error repeats what was presented", name)
		}
	}
}

// No ordinary way to print a token shows more than its first characters.
func TestTokenIsRedactedEverywhere(t *testing.T) {
	t.Parallel()
	token, err := ParseToken(SessionToken, zeroToken)
	if err != nil {
		t.Fatal(err)
	}
	const want = "wasl_s_AAAA…"
	asJSON, err := json.Marshal(map[string]any{"token": token})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("login", "token", token)
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v", token), "%+v": fmt.Sprintf("%+v", token), "%#v": fmt.Sprintf("%#v", token),
		"%s": fmt.Sprintf("<%s>", token), "%q": fmt.Sprintf("%q", token), "%x": fmt.Sprintf("%x", token),
		"struct": fmt.Sprintf("%v", struct{ T Token }{token}), "json": string(asJSON), "log": log.String(),
	} {
		if strings.Contains(text, "AAAAA") || strings.Contains(text, strings.Repeat("41", 5)) {
			t.Errorf("%s shows %q", name, text)
		}
	}
	if token.String() != want || Redacted(zeroToken) != want {
		t.Errorf("redacted %q; want %q", token, want)
	}
	for _, text := range []string{"", "hunter2", "wasl_s_short", zeroToken + "A"} {
		if got := Redacted(text); got != "…" {
			t.Errorf("Redacted(%q) = %q; want it hidden whole", text, got)
		}
	}
}
