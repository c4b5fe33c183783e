// Runs before the page is painted, so that nobody who chose dark sees a flash of light.
(() => {
  const key = "pincite.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage is forbidden here: the system decides
    }
  };
  const remember = (/** @type {string} */ theme) => {
    try {
      // What the system says anyway need not be remembered, and follows the system from then on.
      if ((theme === "dark") === system.matches) localStorage.removeItem(key);
      else localStorage.setItem(key, theme);
    } catch {
      // the choice holds for this page
    }
  };
  const show = (/** @type {string} */ theme) => {
    document.documentElement.dataset.theme = theme;
    document.getElementById("theme")?.setAttribute("aria-pressed", String(theme === "dark"));
  };
  const current = () => chosen() ?? (system.matches ? "dark" : "light");

  show(current());
  system.addEventListener("change", () => show(current()));
  document.addEventListener("DOMContentLoaded", () => {
    show(current());
    document.getElementById("theme")?.addEventListener("click", () => {
      const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      remember(theme);
      show(theme);
    });
  });
})();
