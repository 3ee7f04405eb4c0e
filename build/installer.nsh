; What the Windows installer does beyond its files: it offers a firewall rule for private networks, so that Immich
; on another machine can reach the proxy. Adding a rule needs an administrator, so Windows asks once more.

!define FIREWALL_RULE "Immich ML Proxy"
!define FIREWALL_KEY "Software\immich-ml-proxy"

!macro customInstall
  ; An update keeps the rule that is there; a silent installation adds none.
  ReadRegStr $0 HKCU "${FIREWALL_KEY}" "FirewallRule"
  ${if} $0 != "$INSTDIR"
    MessageBox MB_YESNO|MB_ICONQUESTION "May Immich reach this computer in private networks?$\r$\n$\r$\nYes adds a Windows firewall rule that lets Immich ML Proxy be reached in networks marked as private. Windows asks for permission. Without it only this computer can use the proxy." /SD IDNO IDNO immichNoRule
    ClearErrors
    ExecShellWait "runas" "$SYSDIR\netsh.exe" 'advfirewall firewall add rule name="${FIREWALL_RULE}" dir=in action=allow profile=private protocol=TCP program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" enable=yes' SW_HIDE
    ; Remembered only when the administrator agreed.
    ${ifNot} ${errors}
      WriteRegStr HKCU "${FIREWALL_KEY}" "FirewallRule" "$INSTDIR"
    ${endIf}
    immichNoRule:
  ${endIf}
!macroend

!macro customUnInstall
  ${ifNot} ${isUpdated}
    ReadRegStr $0 HKCU "${FIREWALL_KEY}" "FirewallRule"
    ${if} $0 != ""
      ExecShellWait "runas" "$SYSDIR\netsh.exe" 'advfirewall firewall delete rule name="${FIREWALL_RULE}"' SW_HIDE
      DeleteRegKey HKCU "${FIREWALL_KEY}"
    ${endIf}
  ${endIf}
!macroend
