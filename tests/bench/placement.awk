# SPDX-License-Identifier: MIT
# What moving one service changes, from results.json of micro, mono, only-S and but-S.
#
# A message to a service in another space is two changes of address space, and as many entries as a call of
# `template` without words makes more than one inside. Entries beyond that are copies through windows, and
# invocations of kernel objects:
#   messages = changes of address space / 2    other entries = entries - messages x entries of such a call
# What one costs outside rather than inside is measured with `template` too, which does nothing else: a call without
# words for the message; its window copy of 1 byte, less the message, for another entry, which is the most that it
# can be, because an invocation costs about as many instructions inside. The products are set beside what was
# measured, in instructions and in estimated cycles. What is left over is what the counts do not explain: bytes
# copied above all.
function field(name) {
	if (!match($0, "\"" name "\": (\"[^\"]*\"|[-0-9.]+)"))
		return ""
	value = substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 4)
	gsub("\"", "", value)
	return value
}
/"bench"/ {
	bench = field("bench"); build = field("build")
	if (!(bench in seen)) { seen[bench] = 1; benches[++bench_count] = bench }
	if (!(build in have)) { have[build] = 1; builds[++build_count] = build }
	ticks[bench, build] = field("value") + 0
	cycles[bench, build] = field("estimate_cycles") + 0
	entries[bench, build] = field("entries") - field("reflections")
	switches[bench, build] = field("cr3") + 0
}
# The difference is taken from the composition with the service outside to the one with it inside the kernel.
function messages(bench) { return (switches[bench, outside] - switches[bench, inside]) / 2 }
function extra(bench) { return entries[bench, outside] - entries[bench, inside] }
function copies(bench) { return extra(bench) - messages(bench) * message_entries }
function measured(bench) { return ticks[bench, outside] - ticks[bench, inside] }
function measured_cycles(bench) { return cycles[bench, outside] - cycles[bench, inside] }
# To halves: less is an interrupt that happened to be counted.
function rounded(number) { return int(number * 2 + (number < 0 ? -0.5 : 0.5)) / 2 }

function print_line(a, b, c, d, e, f, g, h, i) {
	if (style == "markdown")
		printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", a, b, c, d, e, f, g, h, i
	else
		printf "%-11s %-22s %9s %7s | %10s %10s %9s | %10s %10s\n", a, b, c, d, e, f, g, h, i
}
function print_service(service, i, bench, m, c) {
	for (i = 1; i <= bench_count; i++) {
		bench = benches[i]
		if (bench ~ /^(call_|window_|kernel_|reflected_|nops)/ && service != "template")
			continue
		if (!((bench, inside) in ticks) || !((bench, outside) in ticks))
			continue
		m = rounded(messages(bench)); c = rounded(copies(bench))
		if (m == 0 && c == 0 && measured(bench) ^ 2 < (0.02 * ticks[bench, outside]) ^ 2)
			continue
		print_line(service, bench, m, c, sprintf("%.0f", m * message_cost + c * copy_cost),
			sprintf("%.0f", measured(bench)), sprintf("%+.1f %%", 100 * measured(bench) / ticks[bench, inside]),
			sprintf("%.0f", m * message_cycles + c * copy_cycles), sprintf("%.0f", measured_cycles(bench)))
	}
}
function print_direction(prefix, base, title, b, service) {
	outside = prefix == "only-" ? base : "but-template"
	inside = prefix == "only-" ? "only-template" : base
	if (!(inside in have) || !(outside in have)) {
		printf "%s: there are no figures of %s and %s\n", title, inside, outside
		return
	}
	null = "call_round_trip_0w"; copy = "window_copy_1b"
	message_entries = messages(null) ? extra(null) / messages(null) : 1
	message_cost = messages(null) ? measured(null) / messages(null) : 0
	message_cycles = messages(null) ? measured_cycles(null) / messages(null) : 0
	copy_cost = copies(copy) ? (measured(copy) - messages(copy) * message_cost) / copies(copy) : 0
	copy_cycles = copies(copy) ? (measured_cycles(copy) - messages(copy) * message_cycles) / copies(copy) : 0
	printf (style == "markdown" ? "\n### %s\n\n" : "\n%s\n"), title
	printf "Outside, a message costs %+.0f instructions (%+.0f estimated cycles), another entry %+.0f (%+.0f).\n%s",
		message_cost, message_cycles, copy_cost, copy_cycles, (style == "markdown" ? "\n" : "")
	print_line("service", "operation", "messages", "entries", "n x cost", "measured", "", "n x cycles", "measured")
	if (style == "markdown")
		print "|---|---|---:|---:|---:|---:|---:|---:|---:|"
	for (b = 1; b <= build_count; b++) {
		if (substr(builds[b], 1, length(prefix)) != prefix)
			continue
		service = substr(builds[b], length(prefix) + 1)
		outside = prefix == "only-" ? base : builds[b]
		inside = prefix == "only-" ? builds[b] : base
		print_service(service)
	}
}
END {
	if (style == "markdown")
		print "Instructions that one operation needs more when the service is outside the kernel (negative: less)."
	print_direction("only-", "micro", "All in user space, one moved into the kernel")
	print_direction("but-", "mono", "All in the kernel, one moved out")
}
