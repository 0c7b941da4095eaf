# net-snmp's own library through its Perl module: `net_snmp.pl` answers a line "PORT COUNT CONCURRENCY" each with
# "WALL CPU VALUE", the value being what all gets gave.
use strict;
use warnings;
use SNMP;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID);

$| = 1;
$SNMP::auto_init_mib = 0;
my $oid = ".1.3.6.1.2.1.1.5";

while (my $line = <STDIN>) {
    my ($port, $count, $concurrency) = split ' ', $line;
    my %values;
    my $session = SNMP::Session->new(DestHost => "127.0.0.1:$port", Community => "public", Version => "2c",
        Timeout => 5000000, Retries => 0, UseNumeric => 1) or die "no session";
    my ($left, $done) = ($count, 0);
    my $wall = clock_gettime(CLOCK_MONOTONIC);
    my $cpu = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
    if ($concurrency == 1) {
        for (1 .. $count) {
            my $value = $session->get([$oid, 0]);
            die $session->{ErrorStr} if $session->{ErrorNum};
            $values{$value} = 1;
            $done++;
        }
    } else {
        my $ask;
        my $take = sub {
            my $list = shift;
            die "no answer" unless defined $list;
            $values{$list->[0]->val} = 1;
            $done++;
            if ($left > 0) { $ask->() }
            elsif ($done == $count) { SNMP::finish() }
        };
        $ask = sub { $left--; $session->get(SNMP::VarList->new([$oid, 0]), [$take]) };
        $ask->() for 1 .. $concurrency;
        SNMP::MainLoop();
    }
    $wall = clock_gettime(CLOCK_MONOTONIC) - $wall;
    $cpu = clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $cpu;
    die "$done of $count" unless $done == $count;
    printf "%.6f %.6f %s\n", $wall, $cpu, join(",", sort keys %values);
}
