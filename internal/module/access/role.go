package access

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// RoleFacts are what is known of a role; changes of them are audited.
type RoleFacts struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	Description string `json:"description"`
	// Rights are names of operations, with the suffix .approve for approving
	// them, sorted.
	Rights  []string `json:"rights"`
	Retired bool     `json:"retired"`
}

// Role is a set of rights with a name.
type Role struct {
	ID op.ID `json:"id"`
	RoleFacts
	Version int64 `json:"version"`
}

// RoleRow is a role in a list.
type RoleRow struct {
	ID          op.ID  `json:"id"`
	Code        string `json:"code"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Retired     bool   `json:"retired"`
	// Rights and Holders are how many it has, today.
	Rights  int64 `json:"right_count"`
	Holders int64 `json:"holders"`
	Version int64 `json:"version"`
}

// PageKey is the row's place in its list.
func (r RoleRow) PageKey(sort string) []string {
	if sort == "code" {
		return []string{r.Code}
	}
	return []string{r.Name, r.ID.String()}
}

// sortedRights checks names against the registry and gives them sorted, each
// once.
func sortedRights(reg *op.Registry, names []string) ([]string, error) {
	known := reg.Rights()
	var faults []fault.Field
	for _, n := range names {
		if !slices.Contains(known, n) {
			faults = append(faults, fault.Field{Path: "rights", Code: "role.unknown_right", Args: fault.Args{"right": n}})
		}
	}
	out := slices.Clone(names)
	slices.Sort(out)
	return slices.Compact(out), fault.InvalidFields(faults)
}

// Roles shipped with the program, as data: names, descriptions and patterns of
// rights. A pattern is a name in which a star stands for anything.
//
//go:embed roles.json
var shipped embed.FS

// shippedRole is one entry of roles.json.
type shippedRole struct {
	Code        string   `json:"code"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Rights      []string `json:"rights"`
}

// shippedRoles reads the roles shipped; the first is the administrator.
func shippedRoles() ([]shippedRole, error) {
	body, err := shipped.ReadFile("roles.json")
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	var roles []shippedRole
	if err := json.Unmarshal(body, &roles); err != nil || len(roles) == 0 {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return roles, nil
}

// expand gives the rights that a list of patterns names.
func expand(patterns, rights []string) []string {
	var out []string
	for _, right := range rights {
		if slices.ContainsFunc(patterns, func(p string) bool { return matches(p, right) }) {
			out = append(out, right)
		}
	}
	return out
}

// matches says whether a name fits a pattern with at most one star.
func matches(pattern, name string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	return len(name) >= len(before)+len(after) && strings.HasPrefix(name, before) && strings.HasSuffix(name, after)
}
