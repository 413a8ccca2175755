// Package auth holds the mechanisms of authentication: password hashing and
// policy, secret tokens, login throttling and the life of a session. It has no
// storage, no clock and no business word: callers pass the time, the source of
// randomness and what they remember. The access module keeps the rows.
package auth

import (
	"encoding/base64"
	"io"

	"wasl/internal/kernel/fault"
)

// Codes of the errors of this package; each is a key under "error." of the
// French texts.
const (
	// CodeBusy: no hashing slot became free before the deadline of the request.
	CodeBusy = "auth.busy"
	// CodeRandom: the source of randomness failed; nothing was issued.
	CodeRandom = "auth.random"
	// CodeHashUnreadable: a stored password hash is not one this program wrote.
	CodeHashUnreadable = "auth.hash_unreadable"
	// CodeParams: hashing parameters outside the bounds.
	CodeParams = "auth.params"
	// CodeTokenInvalid: the text presented is not a token of the expected kind.
	CodeTokenInvalid = "auth.token_invalid"
	// CodePasswordTooShort has the argument min, in characters.
	CodePasswordTooShort = "password.too_short"
	// CodePasswordTooLong has the argument max, in characters.
	CodePasswordTooLong = "password.too_long"
	// CodePasswordText: the password is not readable text (broken UTF-8 or a
	// control character).
	CodePasswordText = "password.text"
	// CodePasswordCommon: the password is one of the first that are tried.
	CodePasswordCommon = "password.common"
	// CodePasswordSimple: a run or a repetition of a few characters.
	CodePasswordSimple = "password.simple"
	// CodePasswordName: the password contains the login or the person's name.
	CodePasswordName = "password.name"
)

// base64url is the strict, unpadded alphabet of tokens.
func base64url() *base64.Encoding { return base64.RawURLEncoding.Strict() }

// readRandom fills n bytes from the source, or fails as a whole: a short read
// never becomes a weak secret.
func readRandom(random io.Reader, n int) ([]byte, error) {
	secret := make([]byte, n)
	if _, err := io.ReadFull(random, secret); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, CodeRandom)
	}
	return secret, nil
}
