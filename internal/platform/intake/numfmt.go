package intake

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"
)

// styleKind is what a number format makes of a number.
type styleKind uint8

const (
	plainNumber styleKind = iota
	dateNumber
	timeNumber
	instantNumber
)

// stylesMax bounds the styles of a workbook.
const stylesMax = 64 << 10

// readStyles reads which styles show dates.
func (w *workbook) readStyles() error {
	custom := map[string]styleKind{}
	inCells := false
	return w.walk("xl/styles.xml", partBytesMax, func(_ *part, start xml.StartElement) error {
		switch start.Name.Local {
		case "numFmt":
			if len(custom) < stylesMax {
				custom[attribute(start, "numFmtId")] = formatKind(attribute(start, "formatCode"))
			}
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs", "cellStyleXfs":
			inCells = false
		case "xf":
			if inCells && len(w.styles) < stylesMax {
				id := attribute(start, "numFmtId")
				kind, own := custom[id]
				if !own {
					kind = builtInKind(id)
				}
				w.styles = append(w.styles, kind)
			}
		}
		return nil
	})
}

// builtInKind is the kind of a format that the standard numbers (ECMA-376 part 1,
// §18.8.30).
func builtInKind(id string) styleKind {
	n, err := strconv.Atoi(id)
	switch {
	case err != nil:
		return plainNumber
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n == 57, n == 58:
		return dateNumber
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n >= 45 && n <= 47, n == 55, n == 56:
		return timeNumber
	case n == 22:
		return instantNumber
	}
	return plainNumber
}

// formatKind reads the kind out of a format's code: y and d are of dates, h and s of
// times, m of both.
func formatKind(code string) styleKind {
	date, clock, month := false, false, false
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				end = len(code) - i - 2
			}
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				end = len(code) - i
			} else if inner := strings.ToLower(code[i+1 : i+end]); inner != "" && strings.Trim(inner, "hms") == "" {
				clock = true
			}
			i += end
		case '\\', '_', '*':
			i++
		case 'y', 'Y', 'd', 'D':
			date = true
		case 'h', 'H', 's', 'S':
			clock = true
		case 'm', 'M':
			month = true
		case ';':
			i = len(code)
		}
	}
	switch {
	case date && clock:
		return instantNumber
	case date || month && !clock:
		return dateNumber
	case clock:
		return timeNumber
	}
	return plainNumber
}

// shownDigits are the significant digits that a spreadsheet keeps of a number.
const shownDigits = 15

// numberText is a number of a cell as text, the same on every machine: a date in ISO
// form, a plain decimal with a point, never an exponent. What is no number stays
// as it is.
func numberText(raw string, kind styleKind, epoch04 bool) string {
	if kind == plainNumber && raw != "" && len(raw) <= shownDigits && strings.Trim(raw, "0123456789") == "" {
		return raw
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || math.Abs(f) > 1e18 {
		return raw
	}
	if kind != plainNumber {
		if text, ok := dateText(f, kind, epoch04); ok {
			return text
		}
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', shownDigits, 64), 64)
	if err != nil {
		return raw
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// Serial numbers of dates.
const (
	serialMax    = 2_958_466 // the day after 9999-12-31
	serialBug    = 60        // 29 February 1900, which never was
	epoch04Shift = 1462      // days between the two epochs
	daySeconds   = 86_400
)

// dateText writes a serial number as a date, an instant or a time of day.
func dateText(f float64, kind styleKind, epoch04 bool) (string, bool) {
	if f < 0 || f >= serialMax {
		return "", false
	}
	days := math.Floor(f)
	seconds := int64(math.Round((f - days) * daySeconds))
	serial := int64(days)
	if seconds == daySeconds {
		serial, seconds = serial+1, 0
	}
	if epoch04 {
		serial += epoch04Shift
	}
	clock := time.Unix(seconds, 0).UTC()
	if kind == timeNumber {
		if serial > 0 && f >= 1 { // a duration, or a time with its day hidden
			return "", false
		}
		return clock.Format(time.TimeOnly), true
	}
	if serial < 1 || serial == serialBug {
		return "", false
	}
	if serial > serialBug {
		serial--
	}
	at := time.Date(1899, time.December, 31, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(serial)).Add(time.Duration(seconds) * time.Second)
	if kind == dateNumber || seconds == 0 {
		return at.Format(time.DateOnly), true
	}
	return at.Format(time.DateTime), true
}
