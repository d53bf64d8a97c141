package testnet.lib.duration_test

import data.testnet.lib.duration

test_text_is_in_the_largest_unit_that_fits_exactly if {
	duration.text(1209600) == "14d"
	duration.text(86400) == "1d"
	duration.text(129600) == "36h"
	duration.text(3600) == "1h"
	duration.text(5400) == "90m"
	duration.text(0) == "0d"
}

test_a_part_of_a_minute_is_dropped if duration.text(119) == "1m"

test_about_is_in_days_from_two_days_on if {
	duration.about(172800) == "2d"
	duration.about(259199) == "2d"
	duration.about(172799) == "47h"
}

test_about_is_in_hours_from_two_hours_on if {
	duration.about(7200) == "2h"
	duration.about(10799) == "2h"
	duration.about(7199) == "119m"
}
