/** A report: one HTML file with everything inside, drawn as SVG and without scripts. */
package dev.lectern.report;
