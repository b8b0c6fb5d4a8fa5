"""What a month costs: measured units of each request, times a model of use, times list prices."""
