package collection

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"

	"wasl/internal/kernel/fault"
)

// codeChars is how much of the code is printed: twelve characters, 60 bits. It is checked
// by the program only, which answers one guess at a time.
const codeChars = 12

// Code proves that a receipt is genuine: a keyed digest of what it says. Nothing can be
// read back from it, and nobody makes one without the secret.
func (m *Module) Code(r *Receipt) (string, error) {
	if len(m.secret) == 0 {
		return "", fault.New(fault.Internal, "internal")
	}
	mac := hmac.New(sha256.New, m.secret)
	for _, word := range []string{
		r.Number, r.ID.String(), r.Entity.String(), r.ReceivedOn.String(), strconv.FormatInt(int64(r.Total), 10), strconv.FormatInt(int64(r.Stamp), 10),
	} {
		_, _ = mac.Write([]byte(word))
		_, _ = mac.Write([]byte{0})
	}
	text := base32.StdEncoding.EncodeToString(mac.Sum(nil))[:codeChars]
	return text[:4] + "-" + text[4:8] + "-" + text[8:], nil
}

// sameCode compares a code as a person wrote it.
func sameCode(want, written string) bool {
	plain := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(written))
	return hmac.Equal([]byte(strings.ReplaceAll(want, "-", "")), []byte(plain))
}
