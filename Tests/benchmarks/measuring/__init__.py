"""What every benchmark needs: a broker, load tools, a place on a real disk, a report."""
