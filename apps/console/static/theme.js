// Sets the theme before the first paint. A file of its own because the page allows no inline script.
{
  const chosen = localStorage.getItem("orrery.theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
}
