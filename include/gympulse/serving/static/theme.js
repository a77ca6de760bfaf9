// Not a module: it runs before the page is painted, so that a dark page never flashes white.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");

  /** Airflow's interface keeps its choice under "theme"; without one the system's counts. */
  function chosen() {
    try {
      const stored = localStorage.getItem("theme");
      if (stored === "dark" || stored === "light") return stored;
    } catch {
      // A browser may refuse a page its storage.
    }
    return system.matches ? "dark" : "light";
  }

  function apply() {
    const root = document.documentElement;
    if (root.dataset.theme === chosen()) return;
    root.dataset.theme = chosen();
    dispatchEvent(new Event("themechange"));
  }

  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
})();
