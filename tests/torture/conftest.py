"""Says at the end how many of each were tried: what tests give `record_property`."""


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed"):
        if report.user_properties and "torture" in report.nodeid:
            counted = ", ".join(f"{count} {what}" for what, count in report.user_properties)
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {counted}")
