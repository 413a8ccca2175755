package access_test

import (
	"testing"

	"wasl/internal/platform/auth"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/texttest"
)

// Every operation, field, value and fault of the module has its French text.
func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	texts := texttest.New(t)
	for _, d := range newEnv(t, dbtest.SQLite).reg.All() {
		if d.Module() == "access" || d.Module() == "me" {
			texts.Operation(d)
		}
	}
	texts.Each("subject.", "user", "role", "grant", "session", "token")
	texts.Each(
		"error.", auth.CodeBusy, auth.CodeRandom, auth.CodeHashUnreadable, auth.CodeParams, auth.CodeTokenInvalid, auth.CodePasswordTooShort,
		auth.CodePasswordTooLong, auth.CodePasswordText, auth.CodePasswordCommon, auth.CodePasswordSimple, auth.CodePasswordName,
	)
	for _, code := range texttest.Found(t, `fault\.(?:New\(fault\.\w+|InvalidField\("\w+"), "([a-z_.]+)"|Code: "([a-z_.]+)"`, 30) {
		if code != "internal" {
			texts.Need("error." + code)
		}
	}
	texts.Each("verify.", texttest.Found(t, `(?m)(?:Found|Note)\("([a-z_.]+)"|^\s*\{"(access\.[a-z_]+)", .SELECT`, 4)...)
}
