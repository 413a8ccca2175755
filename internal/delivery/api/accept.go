package api

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"wasl/internal/delivery/render"
)

// choice is one element of an Accept or Accept-Language header.
type choice struct {
	name    string
	quality int // thousandths
}

// choicesMax bounds how much of such a header is looked at.
const choicesMax = 20

const fullQuality = 1000

// parseChoices reads the header; what is malformed is skipped.
func parseChoices(header string) []choice {
	var out []choice
	for part := range strings.SplitSeq(header, ",") {
		if len(out) == choicesMax {
			break
		}
		name, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil {
			continue
		}
		c := choice{strings.ToLower(name), fullQuality}
		if q, given := params["q"]; given {
			f, err := strconv.ParseFloat(q, 64)
			if err != nil || !(f >= 0 && f <= 1) {
				continue
			}
			c.quality = int(f * fullQuality)
		}
		out = append(out, c)
	}
	return out
}

// preferred is the offered language that a header prefers; the first one offered
// when it names none. "fr-MA" is served by "fr".
func preferred(header string, offered []string) string {
	best, quality := "", 0
	for _, c := range parseChoices(header) {
		for _, lang := range offered {
			primary, _, _ := strings.Cut(c.name, "-")
			if (c.name == strings.ToLower(lang) || primary == strings.ToLower(lang)) && c.quality > quality {
				best, quality = lang, c.quality
			}
		}
	}
	if best == "" && len(offered) > 0 {
		return offered[0]
	}
	return best
}

// exportFormat is the file in which a request wants a list, by the parameter format,
// otherwise by the Accept header: "csv" or "xlsx", empty for JSON.
func exportFormat(r *http.Request) string {
	if format := r.URL.Query().Get("format"); format != "" {
		if format == "json" {
			return ""
		}
		return format
	}
	csv, workbook, json := 0, 0, 0
	for _, c := range parseChoices(r.Header.Get("Accept")) {
		switch c.name {
		case "text/csv":
			csv = max(csv, c.quality)
		case render.WorkbookType:
			workbook = max(workbook, c.quality)
		case "application/json":
			json = max(json, c.quality)
		}
	}
	switch {
	case workbook > max(csv, json):
		return "xlsx"
	case csv > json:
		return "csv"
	}
	return ""
}

// wantsFile says whether a request prefers the file of an answer to its description: it
// names the type of the file, or any bytes, before JSON.
func wantsFile(r *http.Request, mediaType string) bool {
	file, json := 0, 0
	for _, c := range parseChoices(r.Header.Get("Accept")) {
		switch c.name {
		case mediaType, "application/octet-stream":
			file = max(file, c.quality)
		case "application/json":
			json = max(json, c.quality)
		}
	}
	return file > json
}
