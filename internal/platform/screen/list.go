package screen

import (
	"context"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// ListOptions complete what an operation declares of its list.
type ListOptions struct {
	// Columns to show, in order; all but ids and objects by default.
	Columns []string
	// Fixed inputs are not offered as filters.
	Fixed []string
	// Hide keeps fields out of the filters.
	Hide []string
	// Record is the kind of record a row opens; by default the operation's noun, when
	// the module shows such records.
	Record string
	// Open gives the address a row opens; nil opens its record.
	Open func(row any) string
	// Cell replaces a cell; nil keeps it.
	Cell func(column string, row any) *ui.Cell
	// Empty is shown without rows.
	Empty *ui.Empty
	// Limit is the number of rows; page.LimitDefault when 0.
	Limit int
	// Bare draws the list without frame, filters and exports.
	Bare bool
	// Mass are the actions on ticked rows.
	Mass []ui.MassAction
}

// reserved names of the address are no input of the operation.
func reserved() []string { return []string{"cursor", "sort", "unit", "back", "format", "q", "_key"} }

// List runs a list operation with the filters of the address and builds its table.
func (v *View) List(ctx context.Context, name string, o ListOptions) (ui.List, error) {
	d := v.Runner.Registry.Find(name)
	query := v.Request.URL.Query()
	l := ui.List{
		ID: strings.ReplaceAll(name, ".", "-"), Caption: v.Say("op." + name), FilterAction: v.Request.URL.Path,
		Bare: o.Bare, Empty: o.Empty, Mass: o.Mass,
	}
	in := listInput(d, query, o)
	limit := o.Limit
	if limit == 0 {
		limit = page.LimitDefault
	}
	place := listPlace(d, in, query.Get("sort"))
	cursor, err := page.Decode(place, query.Get("cursor"))
	if err != nil {
		return l, err
	}
	q := v.request(name, op.FromValues(in))
	q.Page = op.Page{Limit: limit, Sort: query.Get("sort"), After: cursor.Keys}
	var rows []any
	more, err := v.Runner.Rows(ctx, q, nil, func(row any) error {
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return l, err
	}
	columns := v.columns(d, o)
	l.Columns = v.heads(d, columns, query)
	if l.Rows, err = v.rows(ctx, d, columns, rows, o); err != nil {
		return l, err
	}
	if !o.Bare {
		if err := v.filters(ctx, d, &l, query, o); err != nil {
			return l, err
		}
		l.Exports = v.exports(name, in, query.Get("sort"))
	}
	if keyed, ok := lastOf(rows).(op.Keyed); ok && more {
		next := page.Cursor{Keys: keyed.PageKey(strings.TrimPrefix(place[strings.LastIndex(place, "\x00")+1:], "-")), Direction: page.Forward}
		l.Pager.Next = withQuery(v.Request.URL, "cursor", next.Encode(place))
	}
	if query.Get("cursor") != "" {
		l.Pager.First = withQuery(v.Request.URL, "cursor", "")
	}
	return l, nil
}

func lastOf(rows []any) any {
	if len(rows) == 0 {
		return nil
	}
	return rows[len(rows)-1]
}

// listInput are the filters of the address that the operation knows.
func listInput(d *op.Def, query url.Values, o ListOptions) url.Values {
	in := url.Values{}
	for _, f := range d.Fields {
		if values := query[f.Name]; len(values) > 0 && values[0] != "" && !slices.Contains(reserved(), f.Name) {
			in[f.Name] = values
		}
	}
	for i := 0; i+1 < len(o.Fixed); i += 2 {
		in.Set(o.Fixed[i], o.Fixed[i+1])
	}
	return in
}

// listPlace names the list a cursor belongs to: operation, filters and order.
func listPlace(d *op.Def, in url.Values, sort string) string {
	if sort == "" && len(d.Sorts) > 0 {
		sort = d.Sorts[0]
	}
	return d.Name + "\x00" + in.Encode() + "\x00" + sort
}

func withQuery(u *url.URL, name, value string) string {
	q := u.Query()
	q.Del("cursor")
	if value == "" {
		q.Del(name)
	} else {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return u.Path
	}
	return u.Path + "?" + q.Encode()
}

// Exports are the links to the whole of a list as a file for spreadsheets; pairs are the
// names and values of its filters.
func (v *View) Exports(name string, pairs ...string) []ui.Link {
	return []ui.Link{
		{Label: v.Say("export.csv"), Href: v.Href("/export/"+name+".csv", pairs...)},
		{Label: v.Say("export.xlsx"), Href: v.Href("/export/"+name+".xlsx", pairs...)},
	}
}

// exports are the links of a list with the filters and the order shown.
func (v *View) exports(name string, in url.Values, sort string) []ui.Link {
	q := url.Values{}
	for k, values := range in {
		q[k] = values
	}
	if sort != "" {
		q.Set("sort", sort)
	}
	if v.Unit != 0 {
		q.Set("unit", op.ID(v.Unit).String())
	}
	tail := "?" + q.Encode()
	return []ui.Link{
		{Label: v.Say("export.csv"), Href: "/export/" + name + ".csv" + tail},
		{Label: v.Say("export.xlsx"), Href: "/export/" + name + ".xlsx" + tail},
	}
}

// columns are those shown: the ones asked for, or all that read well.
func (v *View) columns(d *op.Def, o ListOptions) []op.Column {
	var out []op.Column
	if o.Columns != nil {
		for _, name := range o.Columns {
			for _, c := range d.Columns {
				if c.Name == name {
					out = append(out, c)
				}
			}
		}
		return out
	}
	for _, c := range d.Columns {
		if c.Type != op.Object && c.Name != "version" && (c.Type != op.Ident || c.Ref != "") && !c.Secret {
			out = append(out, c)
		}
	}
	return out
}

// heads are the columns with their sort links.
func (v *View) heads(d *op.Def, columns []op.Column, query url.Values) []ui.Column {
	current := query.Get("sort")
	if current == "" && len(d.Sorts) > 0 {
		current = d.Sorts[0]
	}
	out := make([]ui.Column, 0, len(columns))
	for _, c := range columns {
		head := ui.Column{Label: v.ColumnLabel(d, c.Name), Kind: columnKind(c)}
		for _, s := range d.Sorts {
			if strings.TrimPrefix(s, "-") != c.Name {
				continue
			}
			turn := s
			switch current {
			case c.Name:
				head.Sort.Order, turn = "ascending", "-"+c.Name
			case "-" + c.Name:
				head.Sort.Order, turn = "descending", c.Name
			}
			head.Sort.Href = withQuery(v.Request.URL, "sort", turn)
		}
		out = append(out, head)
	}
	return out
}

// ColumnLabel is the head of a column.
func (v *View) ColumnLabel(d *op.Def, name string) string {
	for _, key := range []string{"column." + d.Name + "." + name, "field." + d.Name + "." + name, "column." + name} {
		if v.Texts.Has(key) {
			return v.Say(key)
		}
	}
	return v.Say("field." + name)
}

func columnKind(c op.Column) ui.ColumnKind {
	switch c.Type {
	case op.Amount:
		return ui.AmountColumn
	case op.Number, op.Price, op.Quantity, op.Rate:
		return ui.NumberColumn
	case op.Date, op.Instant:
		return ui.DateColumn
	case op.Choice, op.Flag:
		return ui.StatusColumn
	}
	if c.Name == "code" || c.Name == "login" || c.Name == "number" {
		return ui.CodeColumn
	}
	return ui.TextColumn
}

// rows builds the cells, with the labels of the records they point at.
func (v *View) rows(ctx context.Context, d *op.Def, columns []op.Column, rows []any, o ListOptions) ([]ui.Row, error) {
	labels := map[string]map[op.ID]string{}
	for _, c := range columns {
		if c.Ref == "" || labels[c.Ref] != nil {
			continue
		}
		var ids []op.ID
		for _, other := range columns {
			if other.Ref == c.Ref {
				for _, row := range rows {
					if id, ok := other.Value(row).(op.ID); ok {
						ids = append(ids, id)
					}
				}
			}
		}
		words, err := v.Labels(ctx, c.Ref, ids)
		if err != nil {
			return nil, err
		}
		labels[c.Ref] = words
	}
	record := o.Record
	if own := strings.TrimSuffix(d.Name, "list") + "show"; record == "" && v.Runner.Registry.Find(own) != nil {
		record = op.Noun(d.Name)
	}
	out := make([]ui.Row, 0, len(rows))
	for _, row := range rows {
		r := ui.Row{}
		if id, ok := idOf(d, row); ok {
			r.ID, r.Href = id.String(), v.RecordHref(record, id)
		}
		if o.Open != nil {
			r.Href = o.Open(row)
		}
		for _, c := range columns {
			r.Cells = append(r.Cells, v.cell(d, c, row, labels, o))
		}
		if len(r.Cells) > 0 {
			r.Label = r.Cells[0].Text
		}
		out = append(out, r)
	}
	return out, nil
}

func idOf(d *op.Def, row any) (op.ID, bool) {
	for _, c := range d.Columns {
		if c.Name == "id" {
			id, ok := c.Value(row).(op.ID)
			return id, ok && id != 0
		}
	}
	return 0, false
}

func (v *View) cell(_ *op.Def, c op.Column, row any, labels map[string]map[op.ID]string, o ListOptions) ui.Cell {
	if o.Cell != nil {
		if own := o.Cell(c.Name, row); own != nil {
			return *own
		}
	}
	value := c.Value(row)
	if id, ok := value.(op.ID); ok && c.Ref != "" {
		cell := ui.Cell{Text: labels[c.Ref][id]}
		if cell.Text != "" { // a link needs a name
			cell.Href = v.RecordHref(c.Ref, id)
		}
		return cell
	}
	return ui.Cell{Text: v.Show(c, value), Status: v.status(c, value)}
}

// Show is a value of a column in words.
func (v *View) Show(c op.Column, value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case bool:
		if x {
			return v.Say("yes")
		}
		return v.Say("no")
	case time.Time:
		if x.IsZero() {
			return ""
		}
		return v.Instant(x)
	case day.Date:
		return v.showDate(c, x)
	case money.Amount:
		return ui.Money(x)
	case money.Price:
		return x.French()
	case money.Quantity:
		return x.French()
	case money.Rate:
		return x.French()
	case int64:
		if c.Year() {
			return strconv.FormatInt(x, 10)
		}
		return ui.Number(x)
	case int:
		return strconv.Itoa(x)
	case op.ID:
		if x == 0 {
			return ""
		}
		return x.String()
	case op.Enum:
		return v.enumText(c, value)
	case string:
		return v.wordOf(c.Name, x)
	}
	if rv := reflect.ValueOf(value); rv.Kind() == reflect.String {
		return v.wordOf(c.Name, rv.String())
	}
	return v.Texts.Value(value)
}

// showDate is a date, or the month it stands for: novembre 2026.
func (v *View) showDate(c op.Column, d day.Date) string {
	if c.Month {
		return v.Month(d)
	}
	return v.Texts.Value(d)
}

// Month is the month of a date in words, novembre 2026; a dash for no date.
func (v *View) Month(d day.Date) string { return v.Texts.Value(day.MonthOf(d)) }

// Months are the months from one date to another in words, one month when they are the same.
func (v *View) Months(from, to day.Date) string {
	if to.IsZero() || day.MonthOf(from) == day.MonthOf(to) {
		return v.Month(from)
	}
	return v.Month(from) + " – " + v.Month(to)
}

// MonthQuery is a month of the address, written as a month or as one of its days; the
// month given when there is none that reads.
func (v *View) MonthQuery(name string, otherwise day.Month) day.Month {
	if m, err := day.ParseMonth(monthValue(v.Query(name))); err == nil {
		return m
	}
	return otherwise
}

// wordOf turns machine words into French where a text exists.
func (v *View) wordOf(column, word string) string {
	switch column {
	case "operation", "right":
		return v.RightLabel(word)
	case "channel", "outcome", "subject":
		if word == "" {
			return ""
		}
		return v.Say(column + "." + word)
	case "error":
		if word == "" {
			return ""
		}
		return v.Say("error." + word)
	case "legal_nature":
		if key := "enum.nature." + word; word != "" && v.Texts.Has(key) {
			return v.Say(key)
		}
	}
	return word
}

// filters are the operation's fields as a row above the list.
func (v *View) filters(ctx context.Context, d *op.Def, l *ui.List, query url.Values, o ListOptions) error {
	for i := range d.Fields {
		f := &d.Fields[i]
		if slices.Contains(o.Fixed, f.Name) || slices.Contains(o.Hide, f.Name) || slices.Contains(d.PathParams(), f.Name) ||
			slices.Contains(reserved(), f.Name) {
			continue
		}
		field, err := v.Field(ctx, d, f, query, nil)
		if err != nil {
			return err
		}
		if f.Type == op.Ident && f.Ref == "" {
			continue
		}
		if field.Kind == ui.EnumField {
			field.Options = append([]ui.Option{{Value: "", Label: v.Say("filter.all")}}, field.Options...)
		}
		field.Help, field.Required = "", false
		l.Filters = append(l.Filters, field)
		if value := query.Get(f.Name); value != "" {
			l.Chips = append(l.Chips, ui.Chip{Label: field.Label + ui.HardSpace + ": " + v.chipValue(f, field, value), Remove: withQuery(v.Request.URL, f.Name, "")})
		}
	}
	if len(l.Chips) > 0 {
		l.ClearHref = v.Href(v.Request.URL.Path)
	}
	for _, name := range []string{"sort", "unit"} {
		if value := query.Get(name); value != "" {
			l.Kept = append(l.Kept, ui.Pair{Name: name, Value: value})
		}
	}
	return nil
}

// Filters adds the filters of an operation to a list that a page builds by itself.
func (v *View) Filters(ctx context.Context, name string, l *ui.List, hide ...string) error {
	l.FilterAction = v.Request.URL.Path
	return v.filters(ctx, v.Runner.Registry.Find(name), l, v.Request.URL.Query(), ListOptions{Hide: hide})
}

func (v *View) chipValue(f *op.Field, field ui.Field, value string) string {
	for _, o := range field.Options {
		if o.Value == value {
			return o.Label
		}
	}
	switch {
	case field.Shown != "":
		return field.Shown
	case f.Month:
		return v.monthWord(value)
	case f.Type == op.Date:
		return ui.Date(value)
	case f.Type == op.Flag:
		return v.Say("yes")
	}
	return value
}
