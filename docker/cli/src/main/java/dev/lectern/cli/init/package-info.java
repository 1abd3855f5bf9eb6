/** The first files of a project: what lies in a folder of data, and which settings suit it. */
package dev.lectern.cli.init;
