/** What the demo measures: the history of the trainings, the recording, and what networks see. */
package dev.lectern.demo.figures;
