package access

import (
	"context"
	"iter"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/op"
)

// Bounds of API tokens.
const (
	// TokenDaysMax is the longest life of an API token, in days.
	TokenDaysMax = 366
	// TokensMax is the number of good API tokens of one user.
	TokensMax = 50
	// TokenRightsMax is the most rights a restricted token names.
	TokenRightsMax = 100
)

// Token is an API token as shown; its secret is not known.
type Token struct {
	ID   op.ID  `json:"id"`
	Name string `json:"name"`
	// Shown is the beginning of the secret, to tell tokens apart.
	Shown      string    `json:"shown"`
	RecordedAt time.Time `json:"recorded_at,omitzero"`
	// ExpiresOn is the last day it is good.
	ExpiresOn day.Date  `json:"expires_on"`
	UsedAt    time.Time `json:"used_at,omitzero"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
	// Rights are those of its owner it may use; none is all of them.
	Rights []string `json:"rights"`
}

// PageKey is the row's place in its list.
func (t Token) PageKey(string) []string { return []string{op.KeyText(t.RecordedAt), t.ID.String()} }

// TokenInput is a new API token.
type TokenInput struct {
	Name      string   `json:"name" in:"required,min=2,max=60"`
	ExpiresOn day.Date `json:"expires_on" in:"required"`
	// Rights restricts the token to some of its owner's rights; none is all of them.
	Rights []string `json:"rights" in:"pattern=right"`
}

// NewToken is the answer: the secret, shown once.
type NewToken struct {
	ID    op.ID  `json:"id"`
	Token string `json:"token,omitempty" out:"secret"`
}

// TokenRef points at an API token.
type TokenRef struct {
	ID op.ID `json:"id" in:"required"`
}

func (m *Module) registerTokens(r *op.Registry) {
	duties := dutiesRights()
	op.RegisterCommand(r, op.Spec{Name: "me.token_add", Path: "/me/tokens", Access: op.Signed, Duties: duties},
		op.CommandHandler[TokenInput, NewToken]{
			Do: m.addToken,
		})
	op.RegisterList(r, op.Spec{Name: "me.token_list", Path: "/me/tokens", Access: op.Signed, Duties: duties}, op.ListHandler[Nothing, Token]{
		Sorts: []string{"-recorded_at"},
		Rows:  func(ctx context.Context, x *op.Exec, _ Nothing) iter.Seq2[Token, error] { return ownTokens(ctx, x) },
	})
	op.RegisterCommand(r, op.Spec{Name: "me.token_revoke", Path: "/me/tokens/{id}/revoke", Access: op.Signed, Duties: duties},
		op.CommandHandler[TokenRef, Nothing]{Do: revokeOwnToken})
}

// addToken makes a token. A token never makes another one: a stolen one would
// outlive its revocation.
func (m *Module) addToken(ctx context.Context, x *op.Exec, in TokenInput) (NewToken, error) {
	if x.Actor.TokenID != 0 {
		return NewToken{}, fault.New(fault.Forbidden, "token.by_token")
	}
	last := x.Today.AddDays(TokenDaysMax)
	if in.ExpiresOn.Before(x.Today) || in.ExpiresOn.After(last) {
		return NewToken{}, fault.InvalidField("expires_on", "token.life", "from", x.Today, "to", last)
	}
	rights, err := tokenRights(ctx, x, in.Rights)
	if err != nil {
		return NewToken{}, err
	}
	if err := x.Tx.Lock(ctx, x.Actor.UserID); err != nil {
		return NewToken{}, err
	}
	n, err := countTokens(ctx, x.R, x.Actor.UserID, x.Today)
	if err != nil {
		return NewToken{}, err
	}
	if n >= TokensMax {
		return NewToken{}, fault.New(fault.Limit, "token.too_many", "max", TokensMax)
	}
	secret, err := auth.NewToken(auth.APIToken, m.o.Random)
	if err != nil {
		return NewToken{}, err
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return NewToken{}, err
	}
	t := Token{ID: op.ID(id), Name: in.Name, Shown: secret.Redacted(), ExpiresOn: in.ExpiresOn, Rights: rights}
	if err := insertToken(ctx, x.Tx, t, x.Actor.UserID, secret.Hash()); err != nil {
		return NewToken{}, err
	}
	return NewToken{ID: t.ID, Token: secret.Reveal()},
		x.Change("token", id, t.Name, nil, map[string]any{"name": t.Name, "expires_on": t.ExpiresOn, "rights": t.Rights})
}

// tokenRights are the rights a token is restricted to, in order, each once: rights its
// owner holds today.
func tokenRights(ctx context.Context, x *op.Exec, names []string) ([]string, error) {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) > TokenRightsMax {
		return nil, fault.InvalidField("rights", "token.rights_too_many", "max", TokenRightsMax)
	}
	mine, err := x.Guard().RightsOf(ctx, x.R, x.Actor.UserID)
	if err != nil {
		return nil, err
	}
	var faults []fault.Field
	for _, name := range names {
		if !mine.Has(name) {
			faults = append(faults, fault.Field{Path: "rights", Code: "token.right_not_held", Args: fault.Args{"right": name}})
		}
	}
	return names, fault.InvalidFields(faults)
}

func revokeOwnToken(ctx context.Context, x *op.Exec, in TokenRef) (Nothing, error) {
	t, err := ownToken(ctx, x.R, x.Actor.UserID, in.ID)
	if err != nil {
		return Nothing{}, err
	}
	if !t.RevokedAt.IsZero() {
		return Nothing{}, fault.New(fault.Conflict, "token.revoked")
	}
	if err := revokeToken(ctx, x.Tx, t.ID); err != nil {
		return Nothing{}, err
	}
	return Nothing{}, x.Change("token", int64(t.ID), t.Name, map[string]any{"state": "good"}, map[string]any{"state": "revoked"})
}
