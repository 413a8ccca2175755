package seq

import "strconv"

// Number is a legal number as it is printed: a prefix that tells what is numbered, the
// exercise, the entity, the node and the serial, with at least so many digits:
// "F2026-3-1-00000042".
func Number(prefix string, exercise, entity, node, serial int64, digits int) string {
	return prefix + strconv.FormatInt(exercise, 10) + "-" + strconv.FormatInt(entity, 10) + "-" + strconv.FormatInt(node, 10) + "-" + Padded(serial, digits)
}

// Padded is a serial with at least so many digits.
func Padded(serial int64, digits int) string {
	text := strconv.FormatInt(serial, 10)
	for len(text) < digits {
		text = "0" + text
	}
	return text
}
