package org

import (
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Service is what is supplied to customers.
type Service string

// The services.
const (
	Water       Service = "water"
	Electricity Service = "electricity"
	Sanitation  Service = "sanitation"
)

// EnumName is the prefix of the texts.
func (Service) EnumName() string { return "service" }

// EnumValues are the services.
func (Service) EnumValues() []string {
	return []string{string(Water), string(Electricity), string(Sanitation)}
}

// OperatorKind says who an operator is.
type OperatorKind string

// The kinds of operator.
const (
	// Distributor runs the networks: the utility, a régie, an SRM, a concession.
	Distributor OperatorKind = "distributor"
	// Private works for a distributor: reading, printing, collecting.
	Private OperatorKind = "private"
)

// EnumName is the prefix of the texts.
func (OperatorKind) EnumName() string { return "operator_kind" }

// EnumValues are the kinds.
func (OperatorKind) EnumValues() []string { return []string{string(Distributor), string(Private)} }

// Operator is a distribution operator or a private one, with the services it
// may hold.
type Operator struct {
	ID      op.ID        `json:"id"`
	Code    string       `json:"code"`
	Name    string       `json:"name"`
	Kind    OperatorKind `json:"kind"`
	ICE     string       `json:"ice"`
	Address string       `json:"address"`
	Phone   string       `json:"phone"`
	Email   string       `json:"email"`
	// Water, Electricity and Sanitation say what it may be given.
	Water       bool  `json:"water"`
	Electricity bool  `json:"electricity"`
	Sanitation  bool  `json:"sanitation"`
	Version     int64 `json:"version"`
}

func (o Operator) folded() string { return db.Fold(o.Name + " " + o.Code + " " + o.ICE) }

func (o Operator) label() string { return o.Code + " " + o.Name }

// offers says whether the operator may hold a service.
func (o Operator) offers(s Service) bool {
	switch s {
	case Water:
		return o.Water
	case Electricity:
		return o.Electricity
	case Sanitation:
		return o.Sanitation
	default:
		return false
	}
}
