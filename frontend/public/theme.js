// Runs before the first paint, so that a chosen theme does not flash the other one.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem("gpcis.theme");
  } catch (error) {
    theme = null; // storage is switched off: the system's theme
  }
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
})();
