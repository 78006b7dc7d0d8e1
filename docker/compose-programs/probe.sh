#!/bin/bash
# A health check without curl, and without starting Node each time: exits 0 when GET 127.0.0.1:PORT PATH answers 200.
#   probe.sh 8124 /readyz
exec 3<> "/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
read -r status <&3
[[ $status == *' 200 '* ]]
