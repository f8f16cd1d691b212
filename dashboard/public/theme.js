// Blocks the page, so that its first picture has the chosen theme and density already; theme.ts and density.ts in src/components keep the choice.
try {
  const theme = localStorage.getItem("cc2cc.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  if (localStorage.getItem("cc2cc.density") === "compact") document.documentElement.dataset.density = "compact";
} catch {
  // Storage is turned off: the theme is the system's.
}
