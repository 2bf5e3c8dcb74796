/* global Chart */
import { Component, useEffect, useRef } from "@odoo/owl";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";

const LONGEST_LABEL = 22;

/** A chart of the closure dashboard, drawn by Odoo's chart library, with the same figures as a table below it. */
export class ClosureChart extends Component {
    static template = "mrp_workorder_closure.ClosureChart";
    static props = { chart: Object, open: Function };

    setup() {
        this.canvasRef = useRef("canvas");
        useEffect(
            (canvas, chart) => {
                if (!canvas) {
                    return;
                }
                const drawn = new Chart(canvas, this.getConfig(chart));
                return () => drawn.destroy();
            },
            () => [this.canvasRef.el, this.props.chart]
        );
    }

    /** The figures as one sentence, for those who do not see the drawing. */
    get summary() {
        const { chart } = this.props;
        const rows = chart.labels.map(
            (label, index) => `${label}: ${chart.series.map((series) => this.getText(series, index)).join(", ")}`
        );
        return [chart.title, ...rows].join(". ");
    }

    /** A figure in words, e.g. "4, held up for 3 h". */
    getText(series, index) {
        return [series.texts[index], series.notes[index]].filter(Boolean).join(", ");
    }

    getConfig(chart) {
        const scheme = cookie.get("color_scheme");
        const color = getCustomColor(scheme, "#111827", "#E4E4E4");
        const labels = chart.is_horizontal ? "y" : "x";
        const figures = chart.is_horizontal ? "x" : "y";
        const [first, second] = [false, true].map((is) => chart.series.find((series) => series.is_secondary === is));
        const scales = {
            [labels]: { stacked: chart.is_stacked, grid: { display: false }, ticks: { color, ...this.getTicks(chart) } },
            [figures]: { ...this.getScale(first, color, second), stacked: chart.is_stacked },
        };
        if (second) {
            const position = chart.is_horizontal ? "top" : "right";
            scales.secondary = { ...this.getScale(second, color, second), axis: figures, position };
            scales.secondary.grid = { display: false };
        }
        return {
            type: "bar",
            data: {
                labels: chart.labels,
                datasets: chart.series.map((series, index) =>
                    this.getDataset(chart, series, getColor(index, scheme, "odoo"))
                ),
            },
            options: {
                indexAxis: labels,
                responsive: true,
                maintainAspectRatio: false,
                animation: false,
                scales,
                plugins: {
                    legend: { display: chart.series.length > 1, position: "bottom", labels: { color, boxWidth: 12 } },
                    tooltip: {
                        callbacks: {
                            label: ({ datasetIndex, dataIndex }) => {
                                const series = chart.series[datasetIndex];
                                return `${series.label}: ${this.getText(series, dataIndex)}`;
                            },
                        },
                    },
                },
                onClick: (_event, [element]) => element && this.props.open(chart.actions[element.index]),
                onHover: (event, elements) => {
                    event.native.target.style.cursor = elements.length ? "pointer" : "";
                },
            },
        };
    }

    /** An axis of figures; where there are two, each is named. */
    getScale(series, color, second) {
        return {
            beginAtZero: true,
            suggestedMax: series.unit === "percent" ? 100 : undefined,
            grid: { color: getCustomColor(cookie.get("color_scheme"), "rgba(0,0,0,.1)", "rgba(255,255,255,.15)") },
            ticks: { color, maxTicksLimit: 6, precision: series.unit === "count" ? 0 : undefined },
            title: { display: Boolean(second), text: series.label, color },
        };
    }

    getTicks(chart) {
        if (!chart.is_horizontal) {
            return { maxRotation: 0, autoSkip: true };
        }
        const shorten = (label) => (label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL)}…` : label);
        return { autoSkip: false, callback: (_value, index) => shorten(chart.labels[index]) };
    }

    getDataset(chart, series, color) {
        const figures = chart.is_horizontal ? "x" : "y";
        return {
            type: series.is_line ? "line" : "bar",
            label: series.label,
            data: series.values,
            backgroundColor: color,
            borderColor: color,
            maxBarThickness: 40,
            spanGaps: true,
            // Lines lie above bars.
            order: series.is_line ? 0 : 1,
            [`${figures}AxisID`]: series.is_secondary ? "secondary" : figures,
        };
    }
}
