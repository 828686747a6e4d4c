#!/bin/busybox sh
# The first program of the bench's machine: loads gpio-sim, lays a throw-away overlay over the host's root
# (mounted read-only), runs one script in it and says how that ended.
box=/bin/busybox
$box mkdir -p /proc /sys /dev /lower /over /root
$box mount -t proc proc /proc
$box mount -t sysfs sys /sys
$box mount -t devtmpfs dev /dev
for module in $($box cat /modules/order); do
  $box insmod "/modules/$module" || echo "BENCH cannot load $module"
done
$box mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=524288,cache=loose host /lower
$box mount -t tmpfs -o mode=755 tmpfs /over
$box mkdir /over/up /over/work
$box mount -t overlay overlay -o lowerdir=/lower,upperdir=/over/up,workdir=/over/work /root
for place in proc sys dev; do $box mount --move /$place /root/$place; done
$box mount -t configfs none /root/sys/kernel/config
$box ifconfig lo 127.0.0.1 up
$box mkdir -p /root/dev/shm
$box mount -t tmpfs shm /root/dev/shm
# gpiozero asks which Pi it is on. This revision is a Pi 4 B.
{ $box cat /root/proc/cpuinfo; echo "Revision	: c03114"; } > /over/cpuinfo
$box mount --bind /over/cpuinfo /root/proc/cpuinfo
script=$($box sed -n 's/.*bench_script=\([^ ]*\).*/\1/p' /root/proc/cmdline)
$box chroot /root /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb /bin/sh "$script"
echo "BENCH ended $?"
$box poweroff -f
