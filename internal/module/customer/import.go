package customer

import (
	"context"
	"regexp"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/org"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
)

// The columns of a file of customers.
const (
	colCustomer = iota
	colName
	colNameAr
	colNature
	colCIN
	colICE
	colTaxID
	colRIB
	colPhone
	colEmail
	colCustomerAddress
	colCity
	colMinistry
	colOfficer
	colAccountant
	colBudget
	colContract
	colService
	colPoint
	colAddress
	colLocality
	colDistrict
	colUnit
	colConnection
	colDiameter
	colTariff
	colCategory
	colVATUse
	colHouseholds
	colPower
	colStarts
	colEnds
	colAttributes
)

// ImportInput is the input of an import of customers: the file, and what holds for its
// rows where their own cells are empty.
type ImportInput struct {
	intake.Input
	// Unit manages what the file brings, unless its rows name units below it.
	Unit op.ID `json:"unit" in:"required,ref=org.unit.list"`
	// Nature of customers without one; private when empty.
	Nature Nature `json:"nature"`
	// Service of contracts without one.
	Service org.Service `json:"service"`
	// StartsOn is the first day of contracts without one.
	StartsOn day.Date `json:"starts_on"`
	// Category of contracts without one.
	Category string `json:"category" in:"pattern=code,max=31"`
	// VATUse of contracts without one; other when empty and the category is not the
	// one of homes.
	VATUse VATUse `json:"vat_use"`
	// ByCategory gives each category of a customer a contract of its own, when rows
	// have no contract code: the customer's code, a dash and the category.
	ByCategory bool `json:"by_category"`
}

// UniqueKey lets one import of customers run at a time: codes are those of the whole
// utility.
func (in ImportInput) UniqueKey() string { return "" }

// Validate says what is wrong across the fields.
func (in ImportInput) Validate() []fault.Field { return in.Input.Validate() }

// importColumns are the columns in the order of the model file.
func importColumns() []intake.Column {
	codeShape := regexp.MustCompile(`^[A-Z0-9][A-Z0-9._-]{0,30}$`)
	code := func(name string, synonyms ...string) intake.Column {
		return intake.Column{Name: name, Synonyms: synonyms, Type: intake.Code, Max: 31, Shape: codeShape, ShapeCode: "input.pattern.code"}
	}
	plain := func(name string, longest int, synonyms ...string) intake.Column {
		return intake.Column{Name: name, Synonyms: synonyms, Type: intake.Text, Max: longest}
	}
	choice := func(name string, of op.Enum, words map[string]string, synonyms ...string) intake.Column {
		return intake.Column{Name: name, Synonyms: synonyms, Type: intake.Choice, Values: of.EnumValues(), Enum: of.EnumName(), Words: words}
	}
	columns := []intake.Column{
		colCustomer:        code("customer_code", "code client", "client", "client_id", "numero client"),
		colName:            plain("name", 120, "nom", "raison sociale", "nom du client"),
		colNameAr:          plain("name_ar", 120, "nom arabe", "nom en arabe"),
		colNature:          choice("nature", Nature(""), natureWords(), "nature juridique"),
		colCIN:             plain("cin", 12, "carte nationale"),
		colICE:             plain("ice", 20),
		colTaxID:           plain("tax_id", 20, "identifiant fiscal", "if"),
		colRIB:             plain("rib", 40),
		colPhone:           plain("phone", 24, "telephone", "tel", "gsm"),
		colEmail:           plain("email", 120, "courriel", "mail"),
		colCustomerAddress: plain("customer_address", 200, "adresse client", "adresse de correspondance"),
		colCity:            plain("city", 60, "ville"),
		colMinistry:        plain("ministry", 120, "ministere"),
		colOfficer:         plain("authorising_officer", 120, "ordonnateur"),
		colAccountant:      plain("public_accountant", 120, "comptable public", "comptable"),
		colBudget:          plain("budget_line", 60, "ligne budgetaire", "ligne de budget"),
		colContract:        code("contract_code", "contrat", "abonnement", "police", "numero contrat"),
		colService:         choice("service", org.Service(""), map[string]string{"elec": string(org.Electricity)}),
		colPoint:           code("service_point_code", "point de livraison", "point de desserte", "branchement numero"),
		colAddress:         plain("address", 200, "adresse", "adresse de desserte"),
		colLocality:        plain("locality", 60, "localite", "region", "commune", "quartier"),
		colDistrict:        plain("district", 60, "disrict", "province", "secteur"),
		colUnit:            code("unit", "unite", "centre", "code centre"),
		colConnection:      choice("connection", Connection(""), nil, "branchement"),
		colDiameter:        {Name: "diameter_mm", Synonyms: []string{"diametre"}, Type: intake.Whole},
		colTariff:          plain("tariff", 60, "tarif"),
		colCategory:        code("category", "categorie", "client_catg", "cust_class", "classe"),
		colVATUse:          choice("vat_use", VATUse(""), nil, "usage", "usage tva"),
		colHouseholds:      {Name: "households", Synonyms: []string{"foyers", "menages"}, Type: intake.Whole},
		colPower:           {Name: "power", Synonyms: []string{"puissance", "puissance souscrite"}, Type: intake.Quantity},
		colStarts:          {Name: "starts_on", Synonyms: []string{"date d'abonnement", "date abonnement", "creation_date", "depuis"}, Type: intake.Date},
		colEnds:            {Name: "ends_on", Synonyms: []string{"date de resiliation", "resilie le"}, Type: intake.Date},
		colAttributes:      plain("attributes", 1000, "caracteristiques"),
	}
	columns[colCustomer].Required = true
	return columns
}

// natureWords are other ways to write a legal nature than its text, folded.
func natureWords() map[string]string {
	return map[string]string{
		"prive": string(Private), "entreprise": string(Company), "administration": string(State), "collectivite": string(LocalAuthority),
		"commune": string(LocalAuthority),
	}
}

// importChunk is how many rows are taken in one transaction: each writes up to twenty
// rows and as many entries of indexes.
const importChunk = 4_000

// importExample is a file that can be copied and imported.
const importExample = "customer_code;name;nature;phone;contract_code;service;address;locality;category;vat_use;starts_on\n" +
	"C-100;Amina Berrada;private;0612345678;A-100;water;12 rue de la Source;Sefrou;DOM;domestic;01/03/2024\n"

func (m *Module) registerImport(r *op.Registry) {
	intake.Register(r, m.intake, intake.Kind[ImportInput]{
		Name: "customer", Operation: "customer.import", Path: "/customers/imports", Duties: []string{"AG-02", "AG-08", "DRI-02"}, Place: screen.Customers,
		Columns: importColumns(), ChunkRows: importChunk, Example: importExample,
		Targets: func(_ context.Context, _ *op.Exec, in ImportInput) ([]op.Target, error) {
			return []op.Target{{Unit: int64(in.Unit)}}, nil
		},
		Open: func(_ context.Context, _ *op.Exec, b intake.Batch, in ImportInput) (intake.Session, error) {
			return &importing{m: m, batch: b, in: in}, nil
		},
		Held: held,
	})
}
