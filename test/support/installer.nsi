; Compiles what this project adds to the Windows installer, without the rest of it: electron-builder's own script needs
; plug-ins that it fetches. MACROS names the file, OUT what is written.
Name "installer"
OutFile "${OUT}"
; Prints the conditions too.
!define LOGICLIB_VERBOSITY 4
!include LogicLib.nsh
!define APP_EXECUTABLE_FILENAME "Immich ML Proxy.exe"

; In place of electron-builder's, which looks for --updated on the command line by a plug-in.
!macro _isUpdated _a _b _t _f
  StrCmp $CMDLINE "--updated" `${_t}` `${_f}`
!macroend
!define isUpdated `"" isUpdated ""`

!include "${MACROS}"

Section "install"
  !insertmacro customInstall
  ; Without it the section below would not be compiled.
  WriteUninstaller "$INSTDIR\uninstall.exe"
SectionEnd

Section "Uninstall"
  !insertmacro customUnInstall
SectionEnd
