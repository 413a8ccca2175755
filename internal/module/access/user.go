package access

import (
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// UserState says whether a user may work.
type UserState string

// The states of a user.
const (
	// Active users may log in.
	Active UserState = "active"
	// Locked users may not, until somebody unlocks them.
	Locked UserState = "locked"
	// Left users never again.
	Left UserState = "left"
)

// EnumName is the prefix of the texts.
func (UserState) EnumName() string { return "user_state" }

// EnumValues are the states.
func (UserState) EnumValues() []string { return []string{string(Active), string(Locked), string(Left)} }

// Lang is the language of a user's screens.
type Lang string

// The languages.
const (
	French  Lang = "fr"
	Arabic  Lang = "ar"
	English Lang = "en"
)

// EnumName is the prefix of the texts.
func (Lang) EnumName() string { return "lang" }

// EnumValues are the languages.
func (Lang) EnumValues() []string { return []string{string(French), string(Arabic), string(English)} }

// UserFacts are what is known of a user; changes of them are audited.
type UserFacts struct {
	Login    string `json:"login"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Phone    string `json:"phone"`
	Lang     Lang   `json:"lang"`
	Unit     op.ID  `json:"unit" out:"ref=unit"`
	Function string `json:"function"`
	// State and Reason, why it is so when he is not active.
	State  UserState `json:"state"`
	Reason string    `json:"reason"`
	// MustChange says that the password was given by somebody else.
	MustChange bool `json:"must_change"`
}

// User is a person who uses the program.
type User struct {
	ID op.ID `json:"id"`
	UserFacts
	Version int64 `json:"version"`
}

// PageKey is the row's place in its list.
func (u User) PageKey(sort string) []string {
	if sort == "login" {
		return []string{u.Login, u.ID.String()}
	}
	return []string{u.Name, u.ID.String()}
}

// search is the folded text a user is found by.
func (f UserFacts) search() string {
	return folded(f.Login + " " + f.Name + " " + f.Function + " " + f.Email)
}

// mustBeActive refuses to act on somebody who does not work here now.
func (f UserFacts) mustBeActive() error {
	if f.State != Active {
		return fault.New(fault.Precondition, "user.not_active", "login", f.Login, "state", f.State)
	}
	return nil
}
