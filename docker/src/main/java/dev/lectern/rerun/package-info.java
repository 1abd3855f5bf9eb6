/** What the teacher of a recording says today of views that it was asked about then. */
package dev.lectern.rerun;
