@echo off
cd /d "%~dp0"
for %%v in (3.13 3.12 3.11) do (
    py -%%v -c "" >nul 2>&1 && (
        py -%%v start.py %*
        if errorlevel 1 pause
        exit /b
    )
)
echo The course needs Python 3.11, 3.12 or 3.13, and none was found: see python.org.
pause
exit /b 2
