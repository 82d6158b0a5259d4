// Package softphone runs the softphones that people use, without a screen and
// without a sound card: what agents have on their desks is not always as well
// behaved as the phones of package phone.
//
// Their audio comes from a file with a steady tone, [phone.ToneOf] their
// extension, and what they hear goes into a file. They are driven by what they
// offer to programs: baresip by its TCP control port, linphone by the console
// of linphonec.
//
// The set-up of make test-long installs both from the machine's Debian
// (baresip-core, linphone-cli): baresip 1.0 or 1.1, linphone 5.1 or 5.3.
package softphone
