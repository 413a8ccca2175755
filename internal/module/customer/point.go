package customer

import (
	"slices"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/org"
	"wasl/internal/platform/find"
	"wasl/internal/platform/op"
)

// Connection says how a place is connected.
type Connection string

// The kinds of connection.
const (
	// Individual serves one customer.
	Individual Connection = "individual"
	// Shared serves several homes through one meter (compteur commun).
	Shared Connection = "shared"
	// Standpipe is a borne-fontaine.
	Standpipe Connection = "standpipe"
	// Temporary is for a building site or a fair.
	Temporary Connection = "temporary"
	// BulkSupply serves a régie or a concession.
	BulkSupply Connection = "bulk"
	// Hydrant is for fire fighting.
	Hydrant Connection = "hydrant"
)

// EnumName is the prefix of the texts.
func (Connection) EnumName() string { return "connection" }

// EnumValues are the kinds.
func (Connection) EnumValues() []string {
	return []string{string(Individual), string(Shared), string(Standpipe), string(Temporary), string(BulkSupply), string(Hydrant)}
}

// ServicePoint is a place that is supplied with one service, with its connection.
type ServicePoint struct {
	ID   op.ID  `json:"id"`
	Code string `json:"code"`
	// UnitID is the centre that serves it.
	UnitID   op.ID       `json:"unit" out:"ref=unit"`
	Service  org.Service `json:"service"`
	Address  string      `json:"address"`
	Locality string      `json:"locality"`
	// Connection says how it is connected.
	Connection Connection `json:"connection"`
	// DiameterMM is that of the pipe, in millimetres; 0 when unknown or electric.
	DiameterMM int64 `json:"diameter_mm"`
	// Phases are 1 or 3; 0 when unknown or not electric.
	Phases int64 `json:"phases"`
	// Power is what the connection can carry, in kVA; 0 when unknown or not electric.
	Power money.Quantity `json:"power"`
	// LaidOn is the day the connection was laid; RemovedOn the first day without it.
	LaidOn    day.Date `json:"laid_on"`
	RemovedOn day.Date `json:"removed_on"`
	Version   int64    `json:"version"`
	// BatchID is the import it came with; 0 for none.
	BatchID int64 `json:"-"`
}

func (p ServicePoint) label() string { return p.Code }

// terms are the words by which the point is found.
func (p ServicePoint) terms() []string {
	return find.Terms(find.Code(p.Code), slices.DeleteFunc(find.Words(p.Locality, p.Address), streetWord))
}

// streetWord says whether a word of an address tells no place from another.
func streetWord(word string) bool {
	return slices.Contains(strings.Fields("rue av ave avenue bd bvd boulevard hay lot lotissement quartier douar derb n no num de du des la le les l d et"), word)
}
