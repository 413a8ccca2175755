package ui

import (
	"testing"

	h "maragu.dev/gomponents/html"
)

func sampleForm() Form {
	return Form{
		ID: "f", Action: "/x", IdemKey: "k1", Hidden: []Pair{{"version", "7"}}, Submit: "Valider", Cancel: "/list",
		Errors: []string{"refus général"},
		Sets: []FieldSet{{Title: "Groupe", Fields: []Field{
			{Name: "name", Label: "Nom", Kind: TextField, Required: true, Value: "Kasba", Help: "sans accent", Error: "trop court", MaxLength: 40},
			{Name: "pass", Label: "Secret", Kind: PasswordField, Value: "visible ?"},
			{Name: "sum", Label: "Montant", Kind: AmountField, Value: "1 234,5", Unit: "DH"},
			{Name: "day", Label: "Jour", Kind: DateField, Value: "2026-11-22"},
			{Name: "on", Label: "Actif", Kind: BoolField, Value: "true"},
			{Name: "few", Label: "Peu", Kind: EnumField, Required: true, Value: "b", Options: []Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}},
			{Name: "many", Label: "Choix", Kind: EnumField, Value: "c", Options: []Option{
				{Value: "a", Label: "A", Group: "G"}, {Value: "b", Label: "B", Group: "G"}, {Value: "c", Label: "C"}, {Value: "d", Label: "D"}, {Value: "e", Label: "E"},
			}},
			{Name: "set", Label: "Ensemble", Kind: MultiField, Values: []string{"b"}, Options: []Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}},
			{Name: "unit", Label: "Unité", Kind: PickField, Value: "12", Shown: "Centre", Source: "/find"},
			{Name: "file[0]", Label: "Fichier", Kind: FileField, Accept: ".csv"},
			{Name: "why", Label: "Motif", Kind: AreaField, Value: "ligne 1\nligne 2", Rows: 2},
			{Name: "fixed", Label: "Fixe", Kind: TextField, Value: "v", Fixed: true, Focus: true},
		}}},
	}
}

func TestFormSendsWhatItMust(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Form(sampleForm()))
	d.attr("form", "method", "post")
	d.attr("form", "action", "/x")
	d.attr("form", "enctype", "multipart/form-data")
	d.attr("input[name="+KeyField+"]", "value", "k1")
	d.attr("input[name=version]", "value", "7")
	d.attr("input[name=unit][type=hidden]", "value", "12")
	d.attr("#f-unit", "value", "Centre")
	d.attr("#f-unit", "role", "combobox")
	d.attr("#f-unit", "name", "")
	d.words("button.w-btn-primary", "Valider")
	d.attr("[data-w-cancel]", "href", "/list")
	d.words("legend:first-of-type:not(.w-group legend)", "Groupe")
}

func TestFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Form(sampleForm()))
	d.attr("#f-name", "value", "Kasba")
	d.attr("#f-sum", "value", "1 234,5")
	d.attr("#f-sum", "inputmode", "decimal")
	d.attr("#f-sum", "dir", "ltr")
	d.attr("#f-day", "value", "2026-11-22")
	d.attr("#f-day", "type", "date")
	d.words("#f-why", "ligne 1\nligne 2")
	d.count("#f-on[checked][value=true]", 1)
	d.count("input[type=radio][name=few][checked][value=b]", 1)
	d.count("input[type=radio][name=few]", 2)
	d.count("select[name=many] option[selected][value=c]", 1)
	d.count("select[name=many] optgroup[label=G] option", 2)
	d.count("input[type=checkbox][name=set][checked][value=b]", 1)
	d.count("input[type=checkbox][name=set]", 2)
	d.count("#f-fixed[readonly][autofocus]", 1)
	if hasAttr(d.one("#f-pass"), "value") {
		t.Error("a password must not come back")
	}
}

func TestFormTiesErrors(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().Form(sampleForm()))
	d.attr("#f-name", "aria-describedby", "f-name-error f-name-help")
	d.attr("#f-name", "aria-invalid", "true")
	d.words("#f-name-error", "trop court")
	d.words("#f-name-help", "sans accent")
	d.attr("#f-name", "maxlength", "40")
	d.count("#f-name[required]", 1)
	d.count("[data-w-errors][role=alert][tabindex='-1'] li", 2)
	d.attr("[data-w-errors] a", "href", "#f-name")
	d.count("[aria-invalid]", 1)
	checkIDs(t, d)
	checkNames(t, d)
}

func TestFormWithoutErrorsIsQuiet(t *testing.T) {
	t.Parallel()
	f := Form{ID: "f", Action: "/x", Submit: "Chercher", Method: "get", Sets: []FieldSet{{Fields: []Field{{Name: "q", Label: "Mot", Kind: TextField}}}}}
	d := parse(t, bareEnv().Form(f))
	d.count("[role=alert]", 0)
	d.count("[data-w-send]", 0)
	d.count("[aria-invalid]", 0)
	d.count("[data-w-cancel]", 0)
	if hasAttr(d.one("form"), "enctype") || hasAttr(d.one("#f-q"), "required") {
		t.Error("a search has neither files nor required words")
	}
}

func TestOptionalEnumCanBeEmptied(t *testing.T) {
	t.Parallel()
	field := Field{Name: "e", Label: "E", Kind: EnumField, Value: "a", Options: []Option{{Value: "a", Label: "A", Sub: "plus", Disabled: true}}}
	d := parse(t, bareEnv().field("f", field))
	d.count("select option[value='']", 1)
	d.words("option[disabled]", "A · plus")
	field.Required, field.Options = true, append(field.Options, Option{}, Option{}, Option{}, Option{})
	d = parse(t, bareEnv().field("f", field))
	d.count("select option[value='']", 4)
}

func TestOptionsWithKeysAreRadios(t *testing.T) {
	t.Parallel()
	options := []Option{{Value: "a", Label: "A", Key: "a", Then: "why"}, {Value: "b", Label: "B"}, {Value: "c"}, {Value: "d"}, {Value: "e"}}
	d := parse(t, bareEnv().field("f", Field{Name: "e", Label: "E", Kind: EnumField, Required: true, Value: "b", Options: options}))
	d.count("select", 0)
	d.count("input[type=radio]", 5)
	d.count("input[data-w-key=a][aria-keyshortcuts=a][data-w-then=why]", 1)
	d.words("label kbd", "a")
}

func TestFieldIDIsALetterOrDigit(t *testing.T) {
	t.Parallel()
	if got := FieldID("f", "lines[0].código"); got != "f-lines_0__c__digo" {
		t.Errorf("got %q", got)
	}
}

func TestConfirmShowsFiguresBeforeTheForm(t *testing.T) {
	t.Parallel()
	c := Confirm{
		Will: "Fermer 3 caisses.", Facts: []Fact{{Label: "Total", Value: "12,00", Number: true}}, Rule: "Accord à deux.",
		Warnings: []Notice{{Tone: Wrong, Title: "Conflit"}}, Changes: []Change{{Label: "État", Before: "ouverte", After: "fermée"}},
		Form: Form{ID: "c", Action: "/c", IdemKey: "k", Submit: "Fermer", Danger: true, Sets: []FieldSet{{Fields: []Field{{
			Name: "why", Label: "Motif",
			Kind: AreaField,
		}}}}},
	}
	d := parse(t, bareEnv().Confirm(c))
	d.words("form .w-will", "Fermer 3 caisses.")
	d.words("form dl dd bdi", "12,00")
	d.words("form del", "ouverte")
	d.words("form ins", "fermée")
	d.count("form .w-notice[role=alert]", 1)
	d.count("form textarea#c-why", 1)
	d.count("button.w-btn-primary.w-btn-danger", 1)
	d.count("[data-w-errors]", 0)
}

func TestPickerOptions(t *testing.T) {
	t.Parallel()
	d := parse(t, h.Ul(bareEnv().PickerOptions([]Option{{Value: "1", Label: "Un", Sub: "U"}, {Value: "2", Label: "Deux", Disabled: true}})))
	d.count("[role=option]", 2)
	d.attr("[role=option]:first-child", "data-value", "1")
	d.attr("[role=option]:first-child", "data-label", "Un")
	d.attr("[role=option]:last-child", "aria-disabled", "true")
	empty := parse(t, h.Ul(bareEnv().PickerOptions(nil)))
	empty.words("[role=option][aria-disabled=true]", "ui.none_found")
}
