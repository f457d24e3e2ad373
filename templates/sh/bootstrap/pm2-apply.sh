#!/bin/sh
# Installs PM2, or takes the folder COPIED, and puts its unit.
# usage: pm2-apply.sh USER VERSION UNIT COPIED PATTERN [NPM_OPTION...]
. "${0%/*}/../lib/bootstrap-apply.sh"
. "${0%/*}/../lib/bootstrap-pm2.sh"
if ! has pm2; then
  if [ -n "$copied" ]; then
    rm -rf /opt/fanops/pm2.new
    mkdir -p /opt/fanops /usr/local/bin
    cp -R -- "$copied" /opt/fanops/pm2.new
    chown -R root:root /opt/fanops/pm2.new
    chmod -R u=rwX,go=rX /opt/fanops/pm2.new
    rm -rf /opt/fanops/pm2
    mv /opt/fanops/pm2.new /opt/fanops/pm2
    chmod 755 /opt/fanops/pm2/node_modules/pm2/bin/pm2
    ln -sfn /opt/fanops/pm2/node_modules/pm2/bin/pm2 /usr/local/bin/pm2
  else
    said=$(npm install --global --prefix /usr/local --no-audit --no-fund "$@" --loglevel error \
      "pm2@$version" </dev/null 2>&1 >/dev/null) || {
      printf '%s\n' "$said" >&2
      case $said in
        *ETIMEDOUT*|*SOCKET_TIMEOUT*|*ENOTFOUND*|*EAI_AGAIN*|*ECONN*|*UNREACH*)
          echo "the registry of npm does not answer on this host" >&2 ;;
      esac
      exit 1
    }
  fi
  # Its first start tells about itself; later starts are silent.
  PM2_HOME=$(mktemp -d) sh -c 'PM2_DISCRETE_MODE=true pm2 --version >/dev/null; rm -rf "$PM2_HOME"'
fi

put "$unit" 644 "$text" "$pattern"
systemctl daemon-reload
systemctl enable "fanops-pm2-$user.service"
