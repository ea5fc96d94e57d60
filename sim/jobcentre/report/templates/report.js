"use strict";
(function () {
  const PAGE_WIDTH = 660; // A4 less its margins, in pixels
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const settings = { displayModeBar: false, responsive: true, showTips: false, doubleClick: false, scrollZoom: false };
  for (const chart of charts) {
    Plotly.newPlot(chart.id, chart.data, chart.layout, settings);
  }
  const fit = (box) => box.classList.toggle("wide", !box.classList.toggle("fits", box.scrollWidth <= box.clientWidth));
  const widths = new ResizeObserver((seen) => seen.forEach((one) => fit(one.target)));
  document.querySelectorAll(".scroll").forEach((box) => widths.observe(box));
  const shut = [];
  function forPrint() {
    for (const one of document.querySelectorAll("details:not(.long)")) {
      if (!one.open) { one.open = true; shut.push(one); }
    }
    for (const chart of charts) {
      const place = document.getElementById(chart.id);
      const wide = place.closest(".panels") ? PAGE_WIDTH / 2 - 10 : PAGE_WIDTH;
      Plotly.relayout(place, { width: wide });
    }
  }
  function forScreen() {
    while (shut.length) { shut.pop().open = false; }
    for (const chart of charts) {
      Plotly.relayout(chart.id, { width: null, autosize: true });
    }
  }
  window.addEventListener("beforeprint", forPrint);
  window.addEventListener("afterprint", forScreen);
  document.documentElement.dataset.drawn = String(charts.length);
})();
