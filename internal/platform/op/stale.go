package op

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"wasl/internal/kernel/fault"
)

// CodeStale refuses an edit of a row that was changed since it was read; its
// fields say what the row holds now where the edit would put something else.
const CodeStale = "row.stale"

// codeDiffers is the fault of one such field; its argument "current" is the value
// the row holds now, as printed in JSON.
const codeDiffers = "row.differs"

// Record gives the query that shows the record an operation changes: the one of
// the same noun whose verb is show; nil when there is none.
func (r *Registry) Record(d *Def) *Def { return r.sibling(d, "show") }

// Shown gives the query that says most of the record an operation is about: Record, or the
// one whose verb is get, of records that no form changes; nil when there is none.
func (r *Registry) Shown(d *Def) *Def {
	if show := r.Record(d); show != nil {
		return show
	}
	return r.sibling(d, "get")
}

// sibling is the query of the same noun with another verb.
func (r *Registry) sibling(d *Def, verb string) *Def {
	i := strings.LastIndex(d.Name, ".")
	other := r.Find(d.Name[:max(i, 0)] + "." + verb)
	if other == nil || other.Kind != Get {
		return nil
	}
	return other
}

// differing completes a refusal of a stale edit with what is different now. The
// record is read as the person himself, so it shows nothing he may not see.
func (r *Runner) differing(ctx context.Context, d *Def, q Request, err error) error {
	e := fault.As(err)
	show := r.Registry.Record(d)
	if e.Code != CodeStale || show == nil || !d.Versioned {
		return err
	}
	key := Input{}
	for _, f := range show.Fields {
		if f.Required {
			key[f.Name] = q.Input[f.Name]
		}
	}
	now, showErr := r.get(ctx, show, Request{Name: show.Name, Credential: q.Credential, Input: key, RequestID: q.RequestID})
	if showErr != nil {
		return err
	}
	given, decodeErr := d.decodeBy(q.Input, handOf(q.Credential.Channel))
	if decodeErr != nil {
		return err
	}
	full := *e
	full.Fields = differences(d, show, given, now.Out)
	return &full
}

// differences are the fields given that are not what the record holds.
func differences(d, show *Def, given, record any) (out []fault.Field) {
	for i := range d.Fields {
		f := &d.Fields[i]
		at := slices.IndexFunc(show.Columns, func(c Column) bool { return c.Name == f.Name && !c.Secret })
		value := f.value(given)
		if at < 0 || value == nil || f.Secret || f.Name == "version" {
			continue
		}
		if current := show.Columns[at].Value(record); !reflect.DeepEqual(current, value) {
			text := ""
			if current != nil {
				text = fmt.Sprint(current)
			}
			out = append(out, fault.Field{Path: f.Name, Code: codeDiffers, Args: fault.Args{"current": text}})
		}
	}
	return out
}
