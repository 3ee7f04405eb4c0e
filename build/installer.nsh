; What the Windows installer does beyond its files: it offers a firewall rule for private networks, so that Immich
; on another machine can reach the proxy. Adding a rule needs an administrator, so Windows asks once more.

!define FIREWALL_RULE "Immich ML Proxy"
!define FIREWALL_KEY "Software\immich-ml-proxy"
; What is remembered in place of the folder when nobody wanted a rule.
!define FIREWALL_REFUSED "no"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define RUN_APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
; The name under which the app registers itself for launch at login; the appId.
!define RUN_NAME "io.github.immich-ml-proxy"

; $0 becomes 0 where the rule is there. netsh as an administrator reports nothing back, whoever asks later is told.
!macro findFirewallRule
  nsExec::ExecToStack '"$SYSDIR\netsh.exe" advfirewall firewall show rule name="${FIREWALL_RULE}"'
  Pop $0
  Pop $1
!macroend

!macro customInstall
  ; An update keeps the rule that is there, and a No is asked once; a silent installation adds none.
  ReadRegStr $0 HKCU "${FIREWALL_KEY}" "FirewallRule"
  ${if} $0 != "$INSTDIR"
  ${andIf} $0 != "${FIREWALL_REFUSED}"
  ${andIfNot} ${Silent}
    ${if} ${Cmd} `MessageBox MB_YESNO|MB_ICONQUESTION "May Immich reach this computer in private networks?$\r$\n$\r$\nYes adds a Windows firewall rule that lets Immich ML Proxy be reached in networks marked as private. Windows asks for permission. Without it only this computer can use the proxy." /SD IDNO IDYES`
      ExecShellWait "runas" "$SYSDIR\netsh.exe" 'advfirewall firewall add rule name="${FIREWALL_RULE}" dir=in action=allow profile=private protocol=TCP program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" enable=yes' SW_HIDE
      ; Remembered only when the administrator agreed and netsh did it.
      !insertmacro findFirewallRule
      ${if} $0 == 0
        WriteRegStr HKCU "${FIREWALL_KEY}" "FirewallRule" "$INSTDIR"
      ${else}
        MessageBox MB_OK|MB_ICONEXCLAMATION "The firewall rule was not added. The README says how to add it by hand." /SD IDOK
      ${endIf}
    ${else}
      WriteRegStr HKCU "${FIREWALL_KEY}" "FirewallRule" "${FIREWALL_REFUSED}"
    ${endIf}
  ${endIf}
!macroend

!macro customUnInstall
  ${ifNot} ${isUpdated}
    ReadRegStr $0 HKCU "${FIREWALL_KEY}" "FirewallRule"
    ${if} $0 != ""
    ${andIf} $0 != "${FIREWALL_REFUSED}"
      ExecShellWait "runas" "$SYSDIR\netsh.exe" 'advfirewall firewall delete rule name="${FIREWALL_RULE}"' SW_HIDE
    ${endIf}
    DeleteRegKey HKCU "${FIREWALL_KEY}"
    ; Windows would look for the program at every login.
    DeleteRegValue HKCU "${RUN_KEY}" "${RUN_NAME}"
    DeleteRegValue HKCU "${RUN_APPROVED_KEY}" "${RUN_NAME}"
  ${endIf}
!macroend
