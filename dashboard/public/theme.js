// Blocks the page, so that its first picture has the chosen theme already; src/components/theme.ts keeps the choice.
try {
  const theme = localStorage.getItem("cc2cc.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is turned off: the theme is the system's.
}
