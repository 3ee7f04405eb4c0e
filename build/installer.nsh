; What the Windows installer does beyond its files: it offers a firewall rule for private networks, so that Immich
; on another machine can reach the proxy, and the uninstaller removes what the app has registered and resumes Immich's
; queues that it has paused.

!define FIREWALL_RULE "Immich ML Proxy"
!define FIREWALL_KEY "Software\immich-ml-proxy"
; Stored in place of the folder if the user declined the rule.
!define FIREWALL_REFUSED "no"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define RUN_APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
; The name under which the app registers itself for launch at login; the appId.
!define RUN_NAME "io.github.immich-ml-proxy"
; The COM class of the app's notifications; TOAST_ACTIVATOR_CLSID in src-main/desktop/system/names.ts.
!define TOAST_CLSID "{2F6C81CD-8F71-4AC0-918E-BD170B7D2024}"
; Below %APPDATA%.
!define TOAST_SHORTCUT "Microsoft\Windows\Start Menu\Programs\Immich ML Proxy.lnk"

; $0 becomes 0 if there is a rule for this very program. A rule of the same name may belong to another installation, so
; the paths are compared. findstr reads the output of netsh, whose words depend on the language of Windows.
!macro findFirewallRule
  nsExec::ExecToStack '"$SYSDIR\cmd.exe" /d /s /c ""$SYSDIR\netsh.exe" advfirewall firewall show rule name="${FIREWALL_RULE}" verbose | "$SYSDIR\findstr.exe" /i /l /e /c:"$INSTDIR\${APP_EXECUTABLE_FILENAME}""'
  Pop $0
  Pop $1
!macroend

; Runs netsh with administrator rights. An administrator needs no question of Windows; in silent mode nobody can answer
; one, so netsh is not run then.
!macro runNetsh PARAMETERS
  UserInfo::GetAccountType
  Pop $0
  ${if} $0 == "Admin"
    nsExec::Exec '"$SYSDIR\netsh.exe" ${PARAMETERS}'
    Pop $0
  ${elseIfNot} ${Silent}
    ExecShellWait "runas" "$SYSDIR\netsh.exe" '${PARAMETERS}' SW_HIDE
  ${endIf}
!macroend

!macro customInstall
  ; An update keeps the rule, and a No is final; a silent installation adds no rule.
  ReadRegStr $0 HKCU "${FIREWALL_KEY}" "FirewallRule"
  ${if} $0 != "$INSTDIR"
  ${andIf} $0 != "${FIREWALL_REFUSED}"
  ${andIfNot} ${Silent}
    !insertmacro findFirewallRule
    ${if} $0 != 0
      ${if} ${Cmd} `MessageBox MB_YESNO|MB_ICONQUESTION "May Immich reach this computer in private networks?$\r$\n$\r$\nYes adds a Windows firewall rule that lets Immich ML Proxy be reached in networks marked as private. Windows asks for permission. Without it only this computer can use the proxy." /SD IDNO IDYES`
        !insertmacro runNetsh 'advfirewall firewall add rule name="${FIREWALL_RULE}" dir=in action=allow profile=private protocol=TCP program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" enable=yes'
        !insertmacro findFirewallRule
        ${if} $0 != 0
          MessageBox MB_OK|MB_ICONEXCLAMATION "The firewall rule was not added. The README says how to add it by hand." /SD IDOK
        ${endIf}
      ${else}
        WriteRegStr HKCU "${FIREWALL_KEY}" "FirewallRule" "${FIREWALL_REFUSED}"
        StrCpy $0 1
      ${endIf}
    ${endIf}
    ; Stored only if the rule is there.
    ${if} $0 == 0
      WriteRegStr HKCU "${FIREWALL_KEY}" "FirewallRule" "$INSTDIR"
    ${endIf}
  ${endIf}
!macroend

!macro customUnInstall
  ${ifNot} ${isUpdated}
    ; Nobody would resume what the queue guard has paused. It takes 5 s at most; killed after 15 s without an end.
    nsExec::Exec /TIMEOUT=15000 '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" --resume-queues'
    Pop $0
    ReadRegStr $1 HKCU "${FIREWALL_KEY}" "FirewallRule"
    ${if} $1 == "$INSTDIR"
      !insertmacro runNetsh 'advfirewall firewall delete rule name="${FIREWALL_RULE}" program="$INSTDIR\${APP_EXECUTABLE_FILENAME}"'
    ${endIf}
    DeleteRegKey HKCU "${FIREWALL_KEY}"
    ; Windows would look for the program at every login.
    DeleteRegValue HKCU "${RUN_KEY}" "${RUN_NAME}"
    DeleteRegValue HKCU "${RUN_APPROVED_KEY}" "${RUN_NAME}"
    ; What Electron has written for notifications: always for the current user, also if the app is installed for all.
    DeleteRegKey HKCU "Software\Classes\CLSID\${TOAST_CLSID}"
    ReadEnvStr $0 APPDATA
    Delete "$0\${TOAST_SHORTCUT}"
  ${endIf}
!macroend
