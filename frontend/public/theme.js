// Runs before the first paint, so that a chosen theme does not flash the other one.
try {
  document.documentElement.dataset.theme = localStorage.getItem("gpcis.theme") ?? "auto";
} catch {} // storage is switched off: the system's theme
