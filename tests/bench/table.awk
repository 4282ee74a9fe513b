# SPDX-License-Identifier: MIT
# Prints results.json as a table, builds in columns and ratios beside them.
#   style=terminal | markdown | data (ratios to Linux, for a plot)    what=figures | events
#   reasons=FILE                 lines `ROW text`: why mono is slow there; rows that lack one are named
# One object a line is what results.awk writes; other JSON is not read.
function field(name) {
	if (!match($0, "\"" name "\": (\"[^\"]*\"|[-0-9.]+)"))
		return ""
	value = substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4)
	gsub("\"", "", value)
	return value
}
function shown(number) {
	number += 0
	if (number >= 10000000)
		return sprintf("%.1f M", number / 1000000)
	return sprintf(number < 1000 && number != int(number) ? "%.1f" : "%.0f", number)
}
function ratio(of, to) {
	if (!((bench, of) in figure) || !((bench, to) in figure) || figure[bench, to] == 0)
		return "-"
	return sprintf("%.2f", figure[bench, of] / figure[bench, to])
}
function cell(text, width) {
	line = line (style == "markdown" ? " " text " |" : sprintf(" %" width "s", text))
}
function begin(text) { line = style == "markdown" ? "| " text " |" : sprintf("%-24s", text) }
function rule(cells) {
	if (style != "markdown")
		return
	line = "|---|"
	while (cells--)
		line = line "---:|"
	print line
}

BEGIN {
	while (reasons != "" && (getline text < reasons) > 0)
		if (text ~ /^[a-z]/) {
			row = text; sub(/ .*/, "", row); sub(/^[^ ]+ +/, "", text)
			reason[row] = text
		}
	split("micro/linux hybrid/linux mono/linux micro/mono", wanted, " ")
	split("entries cr3 msr interrupts faults reflections estimate_cycles", events, " ")
}
/"bench"/ {
	bench = field("bench"); build = field("build")
	if (!(bench in seen)) { seen[bench] = 1; benches[++bench_count] = bench }
	if (!(build in have)) { have[build] = 1; builds[++build_count] = build }
	figure[bench, build] = field("value")
	for (e = 1; e in events; e++)
		event[bench, build, events[e]] = field(events[e])
}
END {
	if (what == "events")
		for (b = 1; b <= build_count; b++)
			print_events(builds[b])
	else if (style == "data")
		print_ratios()
	else
		print_figures()
}

function print_ratios() {
	line = "row"
	for (b = 1; b <= build_count; b++)
		if (builds[b] != "linux") line = line " " builds[b]
	print line
	for (i = 1; i <= bench_count; i++) {
		line = bench = benches[i]
		for (b = 1; b <= build_count; b++)
			if (builds[b] != "linux") line = line " " ratio(builds[b], "linux")
		print line
	}
}

function print_figures() {
	for (w = 1; w in wanted; w++) {
		split(wanted[w], pair, "/")
		if (pair[1] in have && pair[2] in have) { ratios[++ratio_count] = wanted[w] }
	}
	begin("instructions")
	for (b = 1; b <= build_count; b++) cell(builds[b], 10)
	for (r = 1; r <= ratio_count; r++) cell(ratios[r], 12)
	print line
	rule(build_count + ratio_count)
	for (i = 1; i <= bench_count; i++) {
		bench = benches[i]
		begin(bench)
		for (b = 1; b <= build_count; b++) cell((bench, builds[b]) in figure ? shown(figure[bench, builds[b]]) : "-", 10)
		for (r = 1; r <= ratio_count; r++) {
			split(ratios[r], pair, "/")
			cell(ratio(pair[1], pair[2]), 12)
		}
		print line
		if (ratio("mono", "linux") + 0 > 1.5) { slow[++slow_count] = bench }
	}
	for (i = 1; i <= slow_count; i++) {
		bench = slow[i]
		printf "%s%s is %s times Linux in mono: %s\n", (style != "markdown" ? "" : i == 1 ? "\n- " : "- "), bench,
			ratio("mono", "linux"), (bench in reason) ? reason[bench] : "NO REASON WRITTEN (tests/bench/reasons.txt)"
	}
}

function print_events(build) {
	for (i = 1; i <= bench_count; i++)
		if (event[benches[i], build, "entries"] != "")
			break
	if (i > bench_count)
		return
	printf (style == "markdown" ? "\n### %s\n\n" : "\n%s\n"), build
	begin("events of one operation")
	for (e = 1; e in events; e++) cell(events[e] == "estimate_cycles" ? "est. cycles" : events[e], 12)
	print line
	rule(e - 1)
	for (i = 1; i <= bench_count; i++) {
		if (event[benches[i], build, "entries"] == "")
			continue
		begin(benches[i])
		for (e = 1; e in events; e++) cell(event[benches[i], build, events[e]], 12)
		print line
	}
}
