// Package price says what a run would cost on the platforms that its nodes could
// live on: for the run itself, for a million requests, for a month of declared
// traffic, and at which request rate one architecture becomes cheaper than another.
//
//	settings := price.Defaults()
//	a, err := price.NewArchitecture("functions", &usage, &settings)
//	run := a.Run()                           // a Bill of what was recorded
//	month := a.Month(settings.Traffic)       // a Bill of 730 hours of that traffic
//	meet := a.MeetWith(b, price.Whole(1000)) // the rates at which they change places
//
// Prices are data: a file in books/ is a price book, and adding one adds a
// platform. A book's lines say what is counted (a Meter), how it is rounded, what
// is free, where the tiers lie, and where and when each figure was read.
//
// All arithmetic is exact: prices are decimals of up to ten places, quantities
// are counts of nanoseconds and bytes, and both are kept as rational numbers
// (Number). Nothing is rounded but what the provider itself rounds, so a worked
// example comes out to the cent, costs of parts add up to the cost of the whole,
// and two cost curves are intersected by solving for the rate.
package price
