package access

import (
	"io"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
)

// Temporary passwords are read aloud and typed once: letters and digits that
// look like no other, in groups. 20 of 31 signs are 99 bits.
const (
	temporarySigns = "abcdefghjkmnpqrstuvwxyz23456789"
	temporaryCount = 20
	temporaryGroup = 5
)

// temporaryPassword draws a password; each sign is equally likely.
func temporaryPassword(random io.Reader) (string, error) {
	bound := 256 - 256%len(temporarySigns)
	out := make([]byte, 0, temporaryCount+temporaryCount/temporaryGroup)
	var b [1]byte
	for drawn := 0; drawn < temporaryCount; {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fault.Wrap(err, fault.Unavailable, auth.CodeRandom)
		}
		if int(b[0]) >= bound {
			continue
		}
		if drawn > 0 && drawn%temporaryGroup == 0 {
			out = append(out, '-')
		}
		out = append(out, temporarySigns[int(b[0])%len(temporarySigns)])
		drawn++
	}
	return string(out), nil
}
