package intake

import (
	"context"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Origin is what a record brought by a batch says of it: a fact for its page, and the
// first event of its history. Who may not see the batch reads only that there was one;
// a record of no batch says nothing.
func Origin(ctx context.Context, v *screen.View, batch int64) ([]ui.Fact, []ui.Event, error) {
	if batch == 0 {
		return nil, nil, nil
	}
	b, err := screen.Fetch[BatchCard](ctx, v, opShow, "id", op.ID(batch).String())
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Forbidden {
		return []ui.Fact{{Label: v.Say("page.imports.origin"), Value: v.Say("page.imports.origin.file")}}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	who, err := v.Label(ctx, "user", b.Actor)
	if err != nil {
		return nil, nil, err
	}
	at, href := b.RecordedAt, v.RecordHref("import_batch", b.ID)
	if !b.AppliedAt.IsZero() {
		at = b.AppliedAt
	}
	fact := ui.Fact{Label: v.Say("page.imports.origin"), Value: v.Say("page.imports.origin.of", "file", b.FileName, "at", at), Href: href}
	event := ui.Event{At: at, Title: v.Say("page.imports.origin.event"), Text: b.FileName, Who: who, Icon: ui.IconImport, Href: href}
	return []ui.Fact{fact}, []ui.Event{event}, nil
}
