package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Icon names one symbol of the sprite. The names are those of Tabler's outline
// set; the asset script reads this list and puts no other icon in the bundle.
type Icon string

// Icon draws an icon beside words that say the same.
func (e Env) Icon(i Icon) g.Node { return e.icon(i) }

// The icons of the kit. A page that needs another one adds it here.
const (
	IconAdjust      Icon = "adjustments-horizontal"
	IconAlert       Icon = "alert-triangle"
	IconApprove     Icon = "shield-check"
	IconArrowDown   Icon = "arrow-down"
	IconArrowLeft   Icon = "arrow-left"
	IconArrowRight  Icon = "arrow-right"
	IconArrowUp     Icon = "arrow-up"
	IconBan         Icon = "ban"
	IconBell        Icon = "bell"
	IconBook        Icon = "book"
	IconBuilding    Icon = "building"
	IconCalendar    Icon = "calendar"
	IconCash        Icon = "cash-register"
	IconCheck       Icon = "check"
	IconChevronDown Icon = "chevron-down"
	IconChevronEnd  Icon = "chevron-right"
	IconClock       Icon = "clock"
	IconClose       Icon = "x"
	IconCopy        Icon = "copy"
	IconDark        Icon = "moon"
	IconDown        Icon = "download"
	IconEdit        Icon = "pencil"
	IconExternal    Icon = "external-link"
	IconEye         Icon = "eye"
	IconFile        Icon = "file-text"
	IconFilter      Icon = "filter"
	IconFold        Icon = "layout-sidebar-left-collapse"
	IconFolder      Icon = "folder"
	IconGauge       Icon = "gauge"
	IconHelp        Icon = "help-circle"
	IconHistory     Icon = "history"
	IconHome        Icon = "home"
	IconHourglass   Icon = "hourglass"
	IconImport      Icon = "database-import"
	IconInfo        Icon = "info-circle"
	IconInvoice     Icon = "file-invoice"
	IconKey         Icon = "key"
	IconKeyboard    Icon = "keyboard"
	IconLight       Icon = "sun-high"
	IconLink        Icon = "link"
	IconList        Icon = "list-details"
	IconLock        Icon = "lock"
	IconLogout      Icon = "logout"
	IconMail        Icon = "mail"
	IconMore        Icon = "dots"
	IconMove        Icon = "arrows-move"
	IconPause       Icon = "player-pause"
	IconPin         Icon = "map-pin"
	IconPlay        Icon = "player-play"
	IconPlus        Icon = "plus"
	IconPrint       Icon = "printer"
	IconReceipt     Icon = "receipt-tax"
	IconRefresh     Icon = "refresh"
	IconReport      Icon = "report-analytics"
	IconSave        Icon = "device-floppy"
	IconScreen      Icon = "device-desktop"
	IconSearch      Icon = "search"
	IconSend        Icon = "send"
	IconSettings    Icon = "settings"
	IconStop        Icon = "hand-stop"
	IconSun         Icon = "sun"
	IconTodo        Icon = "circle-dashed"
	IconTrash       Icon = "trash"
	IconTree        Icon = "sitemap"
	IconUpload      Icon = "upload"
	IconUser        Icon = "user"
	IconUserAdd     Icon = "user-plus"
	IconUsers       Icon = "users"
)

// icon draws a symbol of the sprite. It is decoration: the word beside it, or
// the label of the control, carries the meaning.
func (e Env) icon(name Icon, classes ...string) g.Node {
	if name == "" {
		return nil
	}
	class := "w-i"
	for _, c := range classes {
		class += " " + c
	}
	return h.SVG(h.Class(class), g.Attr("aria-hidden", "true"), g.Attr("focusable", "false"),
		g.El("use", h.Href(e.Assets.URL("icons.svg")+"#"+string(name))))
}
