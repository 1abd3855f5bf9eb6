/** The dashboard: a small web server that shows the fleet as a page and keeps it up to date. */
package dev.lectern.watch.web;
